{#
    One raw value as its contract type, null where it is blank or cannot be that type.

    raw: SQL of the raw value; source_type: its type as delivered; data_type and rule: from the model's YAML.
#}
{% macro typed_value(raw, source_type, data_type, rule) %}
    {%- if data_type == 'timestamp' -%}
        {{ typed_instant(raw, source_type) }}
    {%- elif data_type != 'text' and source_type | lower == data_type -%}
        {{ raw }}
    {%- else -%}
        {%- set text = raw_text(raw, source_type) -%}
        {%- if data_type == 'text' and rule.domain is defined -%}
            nullif(lower(trim({{ text }})), '')
        {%- elif data_type == 'text' and rule.free_text -%}
            {{ free_text(text) }}
        {%- elif data_type == 'text' -%}
            {{ trimmed(text) }}
        {%- elif data_type == 'boolean' -%}
            case
                when lower(trim({{ text }})) in ('true', '1', 'yes', 't', 'y') then true
                when lower(trim({{ text }})) in ('false', '0', 'no', 'f', 'n') then false
            end
        {%- elif data_type == 'bigint' -%}
            case
                when {{ try_cast('trim(' ~ text ~ ')', 'double precision') }} between -9e15 and 9e15
                    and {{ try_cast('trim(' ~ text ~ ')', 'double precision') }}
                    = floor({{ try_cast('trim(' ~ text ~ ')', 'double precision') }})
                then cast({{ try_cast('trim(' ~ text ~ ')', 'double precision') }} as bigint)
            end
        {%- elif data_type == 'double precision' -%}
            case
                when {{ try_cast('trim(' ~ text ~ ')', 'double precision') }} between -1e300 and 1e300
                then {{ try_cast('trim(' ~ text ~ ')', 'double precision') }}
            end
        {%- elif data_type == 'date' -%}
            {{ try_cast('substr(trim(' ~ text ~ '), 1, 10)', 'date') }}
        {%- else -%}
            {{ try_cast('trim(' ~ text ~ ')', data_type) }}
        {%- endif -%}
    {%- endif -%}
{% endmacro %}


{# An instant in UTC. Text and timestamps without an offset are in source_time_zone (CLARIFICATIONS D1). #}
{% macro typed_instant(raw, source_type) %}
    {%- set kind = source_type | lower -%}
    {%- if kind in ['timestamp with time zone', 'timestamptz'] -%}
        ({{ raw }} at time zone 'UTC')
    {%- elif kind.startswith('timestamp') or kind == 'date' -%}
        {{ local_to_utc('cast(' ~ raw ~ ' as timestamp)', var('source_time_zone')) }}
    {%- elif var('source_time_zone') == 'UTC' -%}
        {{ instant_from_text('trim(' ~ raw_text(raw, source_type) ~ ')') }}
    {%- else -%}
        {%- set text = 'trim(' ~ raw_text(raw, source_type) ~ ')' -%}
        case
            when {{ has_offset(text) }}
            then {{ instant_from_text(text) }}
            else {{ local_to_utc(try_cast(text, 'timestamp'), var('source_time_zone')) }}
        end
    {%- endif -%}
{% endmacro %}


{# Whether the text of an instant says its offset from UTC. #}
{% macro has_offset(text) -%}
    {{ matches(text, '[T ].*([Zz]|[+-][0-9]{2}(:?[0-9]{2})?)$') }}
{%- endmacro %}


{# Whether a type of the source is text, of any length a loader gave it. #}
{% macro is_text_type(source_type) %}
    {{ return((source_type | lower).split('(')[0] in ['text', 'varchar', 'character varying']) }}
{% endmacro %}


{% macro raw_text(raw, source_type) %}
    {%- if is_text_type(source_type) -%}{{ raw }}
    {%- else -%}cast({{ raw }} as {{ dbt.type_string() }})
    {%- endif -%}
{% endmacro %}


{#
    Text people wrote: blank is null, bidirectional controls are dropped (they can disguise what a line says),
    e-mail addresses, card and phone numbers are masked (METRICS §13 rule 20).
#}
{% macro free_text(text) -%}
    nullif(trim(both E' \t\r\n' from {{ mask_personal_data(strip_bidi(text)) }}), '')
{%- endmacro %}

{# U+202A to U+202E and U+2066 to U+2069. #}
{% macro strip_bidi(text) -%}
    {%- set controls = [] -%}
    {%- for code in [8234, 8235, 8236, 8237, 8238, 8294, 8295, 8296, 8297] -%}
        {%- do controls.append('chr(' ~ code ~ ')') -%}
    {%- endfor -%}
    case
        when {{ byte_length(text) }} > length({{ text }}) then translate({{ text }}, {{ controls | join(' || ') }}, '')
        else {{ text }}
    end
{%- endmacro %}

{# Most texts hold neither: a look for the sign and for the run of digits is cheaper than a replacement. #}
{% macro mask_personal_data(text) -%}
    {{ mask_numbers(mask_addresses(text)) }}
{%- endmacro %}

{% macro mask_addresses(text) -%}
    case
        when position('@' in {{ text }}) > 0
            then regexp_replace(
                {{ text }},
                '[^[:space:]@<>(),;:"]+@[^[:space:]@<>(),;:"/]+[.][^[:space:]@<>(),;:"/.!?0-9]{2,}', '[e-mail]', 'g'
            )
        else {{ text }}
    end
{%- endmacro %}

{# Digits with what people, phones and word processors put between them: no-break spaces and dashes too. #}
{% macro mask_numbers(text) -%}
    {%- set between = '[0-9 ().\u00a0\u2009\u202f\u2010\u2011\u2013-]' -%}
    case
        -- A score with many decimals is no telephone number.
        when {{ matches(text, '^ *[0-9]{1,3}[.][0-9]+ *$') }} then {{ text }}
        when {{ matches(text, '[0-9]' ~ between ~ '{7,}[0-9]') }}
            then regexp_replace({{ text }}, '[+]?[0-9]{{ between }}{7,}[0-9]', '[number]', 'g')
        else {{ text }}
    end
{%- endmacro %}
