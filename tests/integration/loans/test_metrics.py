"""What Prometheus sees of the fund."""

from prometheus_client import CollectorRegistry, generate_latest

from loans import metrics


def scrape(registry):
    return generate_latest(registry).decode()


def test_each_pots_figures_can_be_scraped(office):
    office.set_aside(100_000_000)
    office.lent(9_000_000)
    office.approved(office.group(), 1_000_000)
    registry = CollectorRegistry()
    metrics.register(office.svc.runtime, registry)
    text = scrape(registry)
    labels = f'{{council="{office.council}",pot="youth"}}'
    for line in (
        f"ustawi_fund_available{labels} 3e+07",
        f"ustawi_fund_reserved{labels} 1e+06",
        f"ustawi_loans_outstanding{labels} 9e+06",
        f"ustawi_loans_active{labels} 1.0",
        f"ustawi_fund_shortfall{labels} 0.0",
        f"ustawi_fund_out_of_balance{labels} 0.0",
    ):
        assert line in text


def test_a_scrape_answers_while_the_database_is_away():
    class Away:
        def work(self):
            raise ConnectionError

    registry = CollectorRegistry()
    metrics.register(Away(), registry)
    assert "ustawi_fund_available{" not in scrape(registry)
