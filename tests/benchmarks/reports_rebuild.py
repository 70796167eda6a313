"""How fast the figures are made again and read, beside what it costs to carry the same facts once out and in.

    .venv/bin/python tests/benchmarks/reports_rebuild.py [events, a million unless told]

Facts are constructed by SQL in a database of its own on the tests' private server: loans with their whole lives, cases
and groups, in 184 councils of 20 wards, over three fiscal years. Everything is measured in one run, one after the
other, for speed drifts on a shared machine; what counts are the ratios.
"""

import logging
import statistics
import sys
import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from uuid import UUID

import psycopg

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from chassis import scope
from chassis.testing import ServiceUnderTest
from instances import SharedServers
from reports.service import SERVICE
from reports.versions.rebuild import rebuild
from reports.web.board import read_board

REGIONS, COUNCILS, WARDS = 26, 184, 20
FIRST_DAY, DAYS = date(2022, 7, 1), 1096
PAGES = 15

_ENVELOPE = """
    format('{"specversion":"1.0","id":"%%s","source":"%%s","type":"%%s","subject":"%%s",'
           || '"time":"%%sT09:15:00.123456+00:00","data":%%s,"aggregateversion":3,'
           || '"actor":"01980000-0000-7000-8000-0000000000aa",'
           || '"correlationid":"01980000-0000-7000-8000-0000000000bb","causationid":null,"traceparent":null,'
           || '"log":"%%s","position":%%s,"chain":"%%s"}',
           event, source, type, subject, day + 1, data, log, position, repeat('0123456789abcdef', 4))
"""

# A loan is eleven facts or thirteen: asked, granted, paid out, seven payments, the last one too much for one in
# fifty; one in ten is late three times, the others are told as repaid.
_LOANS = """
    SELECT day, nth, loan, type, loan AS subject,
           CASE type
               WHEN 'application_submitted' THEN base
                   || format(',"application":"%%s","reference":"A-%%s","amount":%%s}', loan, n, principal)
               WHEN 'application_approved' THEN base || format(',"application":"%%s","amount":%%s}', loan, principal)
               WHEN 'loan_disbursed' THEN base || format(',"loan":"%%s","reference":"L-%%s","application":"%%s",'
                   || '"principal":%%s,"method":"bank",'
                   || '"instalments":[{"number":1,"due_on":"2026-01-02","amount":600000},'
                   || '{"number":2,"due_on":"2026-02-02","amount":600000}]}', loan, n, loan, principal)
               WHEN 'repayment_recorded' THEN base
                   || format(',"repayment":"%%s","loan":"%%s","amount":%%s,"principal":%%s,"credit":%%s,'
                   || '"relates_to":null,"outstanding":%%s}', gen_random_uuid(), loan, paid, principal / 7,
                   paid - principal / 7, greatest(0, principal - nth * paid))
               WHEN 'arrears_changed' THEN base || format(',"loan":"%%s","bucket":%%s,"days_late":%%s,"overdue":%%s,'
                   || '"outstanding":%%s}', loan, nth * 30 + 1, nth * 30 + 1, principal / 7, principal / 2)
               ELSE base || format(',"loan":"%%s"}', loan)
           END AS data, ward AS area
    FROM (
        SELECT l.*, e.*, l.begins + e.after AS day,
               l.principal / 7 + CASE WHEN l.n %% 50 = 0 AND e.nth = 7 THEN 900 ELSE 0 END AS paid,
               format('{"group":"%%s","council":"%%s","ward":"%%s","pot":"%%s","on":"%%s"',
                      l.loan, l.council, l.ward, l.pot, l.begins + e.after) AS base
        FROM (
            SELECT n, ('0198' || lpad(to_hex(n), 28, '0'))::uuid AS loan, w.ward, w.council,
                   (ARRAY['women', 'youth', 'pwd'])[1 + n %% 3] AS pot, (700000 * (1 + n %% 40))::bigint AS principal,
                   %(first)s::date + (n::bigint * 7919 %% (%(days)s - 400))::int AS begins
            FROM generate_series(1, %(loans)s) AS n JOIN ward w ON w.place = n %% %(wards)s
        ) AS l
        CROSS JOIN LATERAL (
            VALUES ('application_submitted', 0, 0), ('application_approved', 0, 14), ('loan_disbursed', 0, 30)
            UNION ALL SELECT 'repayment_recorded', k, 30 + 30 * k + (l.n %% 11)::int FROM generate_series(1, 7) AS k
            UNION ALL SELECT 'arrears_changed', k, 61 + 30 * k FROM generate_series(1, 3) AS k WHERE l.n %% 10 = 0
            UNION ALL SELECT 'loan_repaid', 8, 241 + (l.n %% 11)::int WHERE l.n %% 10 <> 0
        ) AS e (type, nth, after)
    ) AS told
"""
_CASES = """
    SELECT day, nth, n, type, one AS subject,
           format('{"case":"%%s","category":"%%s","country":"TZ","area":"%%s","on":"%%s"%%s}', one,
                  (ARRAY['poor', 'street_child', 'homeless', 'neglected_elderly'])[1 + n %% 4], area, day,
                  CASE type WHEN 'case_opened' THEN ',"restricted":false,"sex":"female","age_band":"25-35"'
                            WHEN 'assessment_recorded' THEN ',"risk":"low","needs":[]'
                            ELSE ',"outcome":"needs_met"' END) AS data, area
    FROM (
        SELECT n, e.*, ('0199' || lpad(to_hex(n), 28, '0'))::uuid AS one, w.ward AS area,
               %(first)s::date + (n::bigint * 104729 %% (%(days)s - 100))::int + e.after AS day
        FROM generate_series(1, %(cases)s) AS n JOIN ward w ON w.place = n %% %(wards)s
        CROSS JOIN (VALUES ('case_opened', 0, 0), ('assessment_recorded', 1, 9), ('case_closed', 2, 90))
            AS e (type, nth, after)
    ) AS told
"""
_GROUPS = """
    SELECT day, nth, n, type, one AS subject,
           format('{"group":"%%s","reference":"G-%%s","kind":"%%s","country":"TZ","council":"%%s","ward":"%%s","%%s":"%%s",'
                  || '"member_ids":["%%s","%%s","%%s"],"has_enterprise":true,"has_bank_account":true}', one, n,
                  (ARRAY['women', 'youth', 'pwd'])[1 + n %% 3], council, ward, named, day, one, one, one) AS data,
           ward AS area
    FROM (
        SELECT n, e.*, ('019a' || lpad(to_hex(n), 28, '0'))::uuid AS one, w.ward, w.council,
               %(first)s::date + (n::bigint * 104729 %% (%(days)s - 100))::int + e.after AS day
        FROM generate_series(1, %(groups)s) AS n JOIN ward w ON w.place = n %% %(wards)s
        CROSS JOIN (VALUES ('group_registered', 0, 0, 'registered_on'), ('group_verified', 1, 9, 'verified_on'))
            AS e (type, nth, after, named)
    ) AS told
"""
_LAND = """
    INSERT INTO fact (source, log, position, event, type, subject, recorded_at, area, happened_on, body)
    SELECT source, log, position, event, type, subject, day + 1, area, day, {envelope}
    FROM (
        SELECT %(source)s AS source, %(log)s::uuid AS log, row_number() OVER (ORDER BY day, nth) AS position,
               gen_random_uuid() AS event, told.*
        FROM ({told}) AS told
    ) AS fact
"""


@dataclass(frozen=True)
class Timed:
    seconds: float
    events: int

    @property
    def rate(self) -> float:
        return self.events / self.seconds


def build(svc: ServiceUnderTest, events: int) -> int:
    """Fill the tables of facts and areas; returns how many facts there are."""
    with svc.tx() as tx:
        scope.put_country(
            tx,
            {
                "country": "TZ",
                "name": "Tanzania",
                "time_zone": "Africa/Dar_es_Salaam",
                "currency": "TZS",
                "fiscal_year_start_month": 7,
                "languages": ["sw"],
                "level_names": {},
            },
        )
        scope.put_areas(tx, _areas())
    counts = {
        "loans": int(events * 0.8 / 11.2),
        "cases": int(events * 0.15 / 3),
        "groups": int(events * 0.05 / 2),
    }
    with psycopg.connect(svc.settings.owner_database_dsn, autocommit=True) as owner:
        owner.execute(
            """
            CREATE UNLOGGED TABLE ward AS
            SELECT row_number() OVER (ORDER BY area) - 1 AS place, area AS ward, parent AS council
            FROM scope_area WHERE level = 'ward'
            """
        )
        for nth, (source, told) in enumerate(
            (("loans", _LOANS), ("cases", _CASES), ("registry", _GROUPS)), start=1
        ):
            for part in range(events // 1_000_000 + 2):
                owner.execute("SELECT ensure_fact_partition(%s, %s)", (source, part * 1_000_000))
            log = UUID(int=nth)
            asked = {
                "source": source,
                "log": log,
                "first": FIRST_DAY,
                "days": DAYS,
                "wards": COUNCILS * WARDS,
                **counts,
            }
            landed = owner.execute(_LAND.format(envelope=_ENVELOPE, told=told), asked).rowcount
            owner.execute(
                """
                INSERT INTO stream_position (source, log, position, chain, event_time)
                VALUES (%s, %s, %s, %s, now())
                """,
                (source, log, landed, b"\0" * 32),
            )
        owner.execute("ANALYZE fact")
        [total] = owner.execute("SELECT count(*) FROM fact").fetchone() or [0]
    return int(total)


def _areas() -> list[dict[str, object]]:
    def area(level: int, n: int) -> str:
        return str(UUID(int=(0x0197_0000_0000_7000_8000 << 48) + (level << 32) + n))

    def row(level: int, n: int, path: list[str]) -> dict[str, object]:
        name = ("country", "region", "council", "ward")[level]
        return {
            "area": path[-1],
            "country": "TZ",
            "level": name,
            "code": f"TZ-{level}-{n}",
            "name": f"{name} {n}",
            "parent": path[-2] if len(path) > 1 else None,
            "valid_from": date(2016, 1, 1),
            "path": path,
        }

    root = area(0, 0)
    rows = [row(0, 0, [root])]
    rows += [row(1, n, [root, area(1, n)]) for n in range(REGIONS)]
    rows += [row(2, n, [root, area(1, n % REGIONS), area(2, n)]) for n in range(COUNCILS)]
    rows += [
        row(3, n, [root, area(1, n % COUNCILS % REGIONS), area(2, n % COUNCILS), area(3, n)])
        for n in range(COUNCILS * WARDS)
    ]
    return rows


def carry(dsn: str, events: int) -> Timed:
    """All facts out of the database and into a table like theirs, without an index."""
    began = time.perf_counter()
    with psycopg.connect(dsn) as out, psycopg.connect(dsn) as back:
        back.execute("CREATE TABLE twin (LIKE fact)")
        with (
            out.cursor().copy("COPY (SELECT * FROM fact) TO STDOUT (FORMAT binary)") as read,
            back.cursor().copy("COPY twin FROM STDIN (FORMAT binary)") as write,
        ):
            for block in read:
                write.write(block)
        back.commit()
    taken = Timed(time.perf_counter() - began, events)
    with psycopg.connect(dsn) as owner:
        owner.execute("DROP TABLE twin")
    return taken


def timed(events: int, work: Callable[[], object]) -> Timed:
    began = time.perf_counter()
    work()
    return Timed(time.perf_counter() - began, events)


def page(svc: ServiceUnderTest, code: str, quarter: str) -> float:
    """Milliseconds to read all that the page shows, the median of some readings."""
    taken = []
    for _ in range(PAGES):
        began = time.perf_counter()
        with svc.runtime.database.transaction(read_only=True) as connection:
            from chassis.call import Call
            from chassis.transaction import Transaction

            read_board(Transaction(svc.runtime, connection, Call(id="benchmark")), code, quarter)
        taken.append((time.perf_counter() - began) * 1000)
    return statistics.median(taken)


def main(events: int = 1_000_000) -> int:
    """Measure, and print the table of ratios; returns the exit status: 1 where a floor is missed."""
    logging.disable(logging.WARNING)
    servers = SharedServers()
    with servers.with_postgres():
        database = servers.new_database()
        try:
            with closing(ServiceUnderTest(SERVICE, database.settings(SERVICE.name))) as svc:
                return _measure(svc, events)
        finally:
            database.drop()


def _measure(svc: ServiceUnderTest, events: int) -> int:
    total = build(svc, events)
    print(f"{total:,} facts", flush=True)
    carried = carry(svc.settings.owner_database_dsn, total)
    rebuilt = timed(total, lambda: rebuild(svc.runtime, told=lambda line: print("  " + line, flush=True)))
    print(f"  made again in {rebuilt.seconds:.1f} s, carried in {carried.seconds:.1f} s", flush=True)
    again = carry(svc.settings.owner_database_dsn, total)
    both = Timed((carried.seconds + again.seconds) / 2, total)
    with psycopg.connect(svc.settings.owner_database_dsn, autocommit=True) as owner:
        owner.execute("VACUUM ANALYZE")
    ratio = rebuilt.rate / both.rate
    country, region = page(svc, "TZ-0-0", "2024-25-Q3"), page(svc, "TZ-1-3", "2024-25-Q3")
    rows = [
        ("COPY out + in", f"{both.rate:,.0f}/s", f"{both.seconds:.1f} s", ""),
        ("rebuild", f"{rebuilt.rate:,.0f}/s", f"{rebuilt.seconds:.1f} s", ""),
        ("rebuild / COPY out + in", f"{ratio:.2f}", "floor 0.40", "ok" if ratio >= 0.4 else "MISSED"),
        ("page of the country", f"{country:.0f} ms", "floor 100 ms", "ok" if country <= 100 else "MISSED"),
        ("page of a region", f"{region:.0f} ms", "floor 100 ms", "ok" if region <= 100 else "MISSED"),
    ]
    for what, value, beside, verdict in rows:
        print(f"{what:<26} {value:>14} {beside:>14} {verdict}")
    return int(any(verdict == "MISSED" for *_, verdict in rows))


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000))
