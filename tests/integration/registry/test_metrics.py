"""What Prometheus is told of the registry."""

from prometheus_client import CollectorRegistry, generate_latest

from registry import metrics


def test_the_counts_are_those_of_the_register(office):
    office.verify_group(office.register_group()["group"])
    office.register_group()
    told = CollectorRegistry()
    metrics.register(office.svc.runtime, told)
    text = generate_latest(told).decode()
    assert f'ustawi_registry_areas{{country="TZ"}} {len(office.RUKWA)}.0' in text
    assert 'ustawi_registry_groups{status="verified"} 1.0' in text
    assert 'ustawi_registry_groups{status="registered"} 1.0' in text
