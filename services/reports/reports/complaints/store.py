"""Complaints by kind and category, and whether the promises of the charter were kept."""

from reports import foreign
from reports.figures.definition import Definition

APPEALS = Definition(
    name="appeals",
    reads={
        "cases": {"complaint_appealed": foreign.ComplaintAppealed, "appeal_decided": foreign.AppealDecided}
    },
    sql="""
contribution AS (
    SELECT event, complaint AS subject,
           CASE type WHEN 'complaint_appealed' THEN 'complaints_appealed' ELSE 'appeals_decided' END AS indicator,
           area, "on" AS happened_on, kind AS dim1, category AS dim2,
           CASE WHEN in_time IS NULL THEN '' WHEN in_time THEN 'in_time' ELSE 'late' END AS dim3, 1 AS value
    FROM arriving
)""",
)

DEFINITION = Definition(
    name="complaints",
    looks_back=True,
    reads={
        "cases": {
            "complaint_received": foreign.ComplaintReceived,
            "complaint_acknowledged": foreign.ComplaintAcknowledged,
            "complaint_answered": foreign.ComplaintAnswered,
            "deadline_breached": foreign.DeadlineBreached,
        },
        # The day on which a promise was broken is a local one: the country may become known after the complaint.
        "registry": {"country_defined": foreign.CountryDefined},
    },
    # A complaint is past due from the local day of its broken promise until the day of its answer; one that was
    # answered that same day never was at the close of a day.
    sql="""
received AS (
    SELECT DISTINCT ON (complaint) * FROM arriving WHERE type = 'complaint_received' ORDER BY complaint, position
), acknowledged AS (
    SELECT DISTINCT ON (complaint) * FROM arriving WHERE type = 'complaint_acknowledged' ORDER BY complaint, position
), answered AS (
    SELECT DISTINCT ON (complaint) * FROM arriving WHERE type = 'complaint_answered' ORDER BY complaint, position
), breached AS (
    SELECT DISTINCT ON (subject) subject AS complaint, due_at, event
    FROM arriving WHERE type = 'deadline_breached' AND subject_kind = 'complaint' AND kind = 'decide'
    ORDER BY subject, position
), zone AS (
    SELECT DISTINCT ON (country) country, time_zone FROM (
        SELECT country, time_zone, position FROM arriving WHERE type = 'country_defined'
        UNION ALL
        SELECT country, time_zone, 0 FROM scope_country
    ) AS named ORDER BY country, position DESC
), touched AS (
    SELECT complaint FROM received
    UNION SELECT complaint FROM acknowledged
    UNION SELECT complaint FROM answered
    UNION SELECT complaint FROM breached
    UNION SELECT complaint FROM known_complaint
          WHERE slot = %(slot)s AND due_at IS NOT NULL
            AND country IN (SELECT country FROM arriving WHERE type = 'country_defined')
), held AS (
    SELECT known.* FROM known_complaint known JOIN touched USING (complaint) WHERE known.slot = %(slot)s
), become AS (
    SELECT t.complaint, coalesce(h.kind, r.kind) AS kind, coalesce(h.category, r.category) AS category,
           coalesce(h.channel, r.channel) AS channel, coalesce(h.country, r.country) AS country,
           coalesce(h.area, r.area) AS area,
           coalesce(h.received_on, r.received_on) AS received_on, r.event AS received_event,
           coalesce(h.acknowledged_on, k."on") AS acknowledged_on,
           coalesce(h.acknowledged_in_time, k.in_time) AS acknowledged_in_time, k.event AS acknowledged_event,
           coalesce(h.answered_on, w."on") AS answered_on,
           coalesce(h.answered_in_time, w.in_time) AS answered_in_time, w.event AS answered_event,
           coalesce(h.due_at, b.due_at) AS due_at, b.event AS breached_event,
           (coalesce(h.due_at, b.due_at) AT TIME ZONE z.time_zone)::date AS overdue_on
    FROM touched t
    LEFT JOIN held h USING (complaint)
    LEFT JOIN received r USING (complaint)
    LEFT JOIN acknowledged k USING (complaint)
    LEFT JOIN answered w USING (complaint)
    LEFT JOIN breached b USING (complaint)
    LEFT JOIN zone z ON z.country = coalesce(h.country, r.country)
), told AS (
    SELECT 1 AS sign, complaint, kind, category, channel, area, received_on, received_event,
           acknowledged_on, acknowledged_in_time, acknowledged_event,
           answered_on, answered_in_time, answered_event, overdue_on, breached_event
    FROM become
    UNION ALL
    SELECT -1, complaint, kind, category, channel, area, received_on, NULL,
           acknowledged_on, acknowledged_in_time, NULL, answered_on, answered_in_time, NULL, overdue_on, NULL
    FROM held
), contribution AS (
    SELECT c.event, t.complaint AS subject, c.indicator, t.area, c.happened_on, t.kind AS dim1, t.category AS dim2,
           c.dim3, t.sign * c.value AS value
    FROM told t
    CROSS JOIN LATERAL (VALUES
        ('complaints_received',     t.received_on,     t.channel, 1, t.received_event, true),
        ('complaints_open',         t.received_on,     '',        1, t.received_event, true),
        ('complaints_acknowledged', t.acknowledged_on, CASE WHEN t.acknowledged_in_time THEN 'in_time' ELSE 'late' END,
                                                                  1, t.acknowledged_event, true),
        ('complaints_answered',     t.answered_on,     CASE WHEN t.answered_in_time THEN 'in_time' ELSE 'late' END,
                                                                  1, t.answered_event, true),
        ('complaints_open',         t.answered_on,     '',       -1, t.answered_event, true),
        ('complaints_overdue',      t.overdue_on,      '',        1, t.breached_event,
                                                       t.answered_on IS NULL OR t.answered_on > t.overdue_on),
        ('complaints_overdue',      t.answered_on,     '',       -1, t.answered_event, t.answered_on > t.overdue_on)
    ) AS c (indicator, happened_on, dim3, value, event, counts)
    WHERE c.counts AND c.happened_on IS NOT NULL
)""",
    keeps="""
    INSERT INTO known_complaint (slot, complaint, kind, category, channel, country, area, received_on, acknowledged_on,
                                 acknowledged_in_time, answered_on, answered_in_time, due_at, overdue_on)
    SELECT %(slot)s, complaint, kind, category, channel, country, area, received_on, acknowledged_on,
           acknowledged_in_time, answered_on, answered_in_time, due_at, overdue_on
    FROM become ORDER BY complaint
    ON CONFLICT (slot, complaint) DO UPDATE
    SET acknowledged_on = excluded.acknowledged_on, acknowledged_in_time = excluded.acknowledged_in_time,
        answered_on = excluded.answered_on, answered_in_time = excluded.answered_in_time,
        due_at = excluded.due_at, overdue_on = excluded.overdue_on
""",
)
