"""`make compose-test`: the whole system in containers, from images to a story told, and everything taken down again."""

import signal
import sys
import time
from collections.abc import Callable, Iterator
from types import FrameType

import alarms
import checks
import images
import keeping
import walls
import wounds
from daemon import NoDocker, some_docker
from stack import Stack, service_of

Check = Callable[[Stack], Iterator[str]]

STANDING: tuple[Check, ...] = (checks.every_alert_has_a_page_and_a_test, checks.configurations_are_valid)
RUNNING: tuple[Check, ...] = (
    checks.all_are_healthy,
    checks.containers_are_closed,
    checks.only_the_page_is_open,
    checks.secrets_stay_where_they_belong,
    checks.the_commit_is_told,
    checks.three_replicas_work_as_one,
    checks.the_story_is_told,
    keeping.operators_can_ask,
    checks.the_page_answers,
    checks.everything_is_watched,
    checks.every_panel_can_be_drawn,
    checks.every_metric_is_told_by_somebody,
    walls.nothing_is_open_that_nobody_needs,
    walls.nobody_passes_for_another,
    keeping.a_backup_is_taken_and_tried,
    alarms.alerts_fire_and_stop,
    alarms.a_broker_that_is_away_is_told_and_found_again,
    checks.what_is_killed_comes_back,
    keeping.a_service_is_brought_back,
    checks.all_end_in_order_and_start_again,
    checks.all_are_healthy,
)
# On a system of its own: every row must come from a caller whose record there is.
HURT: tuple[Check, ...] = (wounds.what_is_hurt_heals_and_nothing_is_lost,)


def main() -> int:
    """Run all checks; 0 when all of them passed."""
    signal.signal(signal.SIGTERM, _interrupt)
    began = time.monotonic()
    try:
        with some_docker() as docker:
            print(f"docker answers ({time.monotonic() - began:.0f} s)", flush=True)
            stack = Stack(docker, images.settle(docker))
            passed, failed = _check(stack, STANDING)
            try:
                stack.remove()  # what an interrupted run may have left
                print(
                    f"all healthy after {stack.up():.0f} s, {time.monotonic() - began:.0f} s from the beginning",
                    flush=True,
                )
                _tell_memory(stack)
                more = _check(stack, RUNNING)
                passed, failed = passed + more[0], failed + more[1]
                if not failed:
                    stack.remove()
                    stack.up()
                    more = _check(stack, HURT)
                    passed, failed = passed + more[0], failed + more[1]
                if failed:
                    _tell_logs(stack)
            except RuntimeError as error:
                print(f"FAIL  {error}", flush=True)
                failed += 1
                _tell_logs(stack)
            finally:
                stack.remove()
    except NoDocker as error:
        print(error, file=sys.stderr)
        return 1
    print(f"\n{passed} passed, {failed} failed")
    return 1 if failed else 0


def _check(stack: Stack, wanted: tuple[Check, ...]) -> tuple[int, int]:
    failed = 0
    for check in wanted:
        began = time.monotonic()
        try:
            wrong = list(check(stack))
        except Exception as error:  # one check that breaks must not hide the others
            wrong = [f"{type(error).__name__}: {error}"]
        name = check.__name__.replace("_", " ")
        print(f"{'FAIL' if wrong else 'PASS'}  {name} ({time.monotonic() - began:.0f} s)", flush=True)
        for line in wrong:
            print(f"      {line}", flush=True)
        failed += bool(wrong)
    return len(wanted) - failed, failed


def _tell_memory(stack: Stack) -> None:
    ids = [container["Id"] for container in stack.running()]
    told = stack.docker.run("stats", "--no-stream", "--format", "{{.Name}} {{.MemUsage}}", *ids).stdout.split(
        "\n"
    )
    for line in sorted(filter(None, told)):
        name, used = line.split()[:2]
        print(f"      {name.removeprefix('ustawi-compose-test-'):24} {used}", flush=True)


def _tell_logs(stack: Stack) -> None:
    """The errors that the services told, and the last words of what is not well."""
    for container in stack.containers():
        name, state = service_of(container), container["State"]
        well = state.get("Health", {}).get("Status") == "healthy" or (
            name.startswith("init-") and not state["ExitCode"]
        )
        lines = stack.compose("logs", "--no-log-prefix", "--tail", "500", name, check=False).splitlines()
        lines = [line for line in lines if '"level": "error"' in line][-5:] if well else lines[-15:]
        if lines:
            print(f"-- {name}", *lines, sep="\n", flush=True)


def _interrupt(_: int, __: FrameType | None) -> None:
    raise KeyboardInterrupt


if __name__ == "__main__":
    sys.exit(main())
