{#
    Business time by prefix sums (METRICS §4.6). A reading is the working time of a schedule, in microseconds,
    from its horizon to an instant; business time between two instants is the difference of two readings. One
    look-up in int_business_days, by schedule and UTC day, gives a reading however long the interval is.
#}

{# Opening windows one UTC day of a schedule can hold; more would fail `no_business_day_needs_more_windows`. #}
{% macro windows_per_day() -%}{{ return(6) }}{%- endmacro %}


{#
    Reading at an instant; `day` is the joined row of int_business_days of its schedule and UTC day. Windows come in
    order, so the one that opened last decides; more than two a day are rare and counted the long way.
#}
{% macro working_reading(instant, day) -%}
    case
        when {{ microseconds_of_day(instant) }} < {{ day }}.opens_2
            then {{ day }}.working_before + {{ worked_in_window(instant, day, 1) }}
        when {{ microseconds_of_day(instant) }} < {{ day }}.opens_3
            then {{ day }}.working_before + {{ day }}.length_1 + {{ worked_in_window(instant, day, 2) }}
        else {{ day }}.working_before
            {%- for number in range(1, windows_per_day() + 1) %}
            + {{ worked_in_window(instant, day, number) }}
            {%- endfor %}
    end
{%- endmacro %}


{% macro worked_in_window(instant, day, number) -%}
    least(greatest({{ microseconds_of_day(instant) }} - {{ day }}.opens_{{ number }}, 0), {{ day }}.length_{{ number }})
{%- endmacro %}


{#
    Reading of a ticket's own clock, which runs on without a jump where the ticket moves to another schedule
    (CLARIFICATIONS D41); `name` is that of its joins (macro joins_of_reading). Null where the ticket has no schedule
    at all; null too at the start of a clock (`is_start`) that starts without one, however soon it stops.
#}
{% macro ticket_reading(instant, name, is_start=false) -%}
    case
        when {{ name }}_segments.ticket_id is not null and {{ name }}_segments.schedule_id is null
            then {{ 'null' if is_start else name ~ '_segments.working_offset' }}
        else coalesce({{ name }}_segments.working_offset, 0) + ({{ working_reading(instant, name ~ '_days') }})
    end
{%- endmacro %}


{# Time a ticket spent without any schedule up to an instant, beside its reading. #}
{% macro unscheduled_reading(instant, name) -%}
    case
        when {{ name }}_segments.ticket_id is null then 0
        when {{ name }}_segments.schedule_id is null
            then {{ name }}_segments.unscheduled_offset
                + {{ microseconds_between("timestamp '2000-01-01 00:00:00'", instant) }}
        else {{ name }}_segments.unscheduled_offset
    end
{%- endmacro %}


{#
    What a reading looks up, in a query that has int_ticket_schedule_segments and int_business_days as `segments` and
    `business_days`: the segment in which the instant of the ticket lies, absent for the many tickets that keep their
    schedule, and the day of the schedule that rules it.
#}
{% macro joins_of_reading(ticket, instant, name) -%}
    {{ join_of_segment(ticket, instant, name) }}
    left join business_days as {{ name }}_days
        on case
            when {{ name }}_segments.ticket_id is null then {{ ticket }}.schedule_id
            else {{ name }}_segments.schedule_id
        end = {{ name }}_days.schedule_id
        and cast({{ ticket }}.{{ instant }} as date) = {{ name }}_days.utc_date
{%- endmacro %}


{% macro join_of_segment(ticket, instant, name) -%}
    left join segments as {{ name }}_segments
        on {{ ticket }}.ticket_id = {{ name }}_segments.ticket_id
        and {{ ticket }}.{{ instant }} >= {{ name }}_segments.started_at
        and {{ ticket }}.{{ instant }} < {{ name }}_segments.ended_at
{%- endmacro %}


{#
    Business minutes between two instants of a ticket, by their readings; null where any of the time between
    had no schedule. Never negative: a clock that stops before it starts stands at 0.
#}
{% macro business_minutes(from_working, to_working, from_unscheduled, to_unscheduled) -%}
    case
        when {{ from_unscheduled }} = {{ to_unscheduled }}
            then {{ not_negative(to_working ~ ' - ' ~ from_working) }} / cast(60000000 as double precision)
    end
{%- endmacro %}


{# Minutes between two instants, 0 where the second is the earlier one. #}
{% macro elapsed_minutes(start, stop) -%}
    ({{ not_negative(microseconds_between(start, stop)) }} / cast(60000000 as double precision))
{%- endmacro %}


{# A difference, 0 where it is negative and null where it is null: `greatest` would make 0 of that (METRICS §0.5). #}
{% macro not_negative(difference) -%}
    (case when {{ difference }} < 0 then 0 else {{ difference }} end)
{%- endmacro %}
