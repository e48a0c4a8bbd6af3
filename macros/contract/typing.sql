{#
    One raw value as its contract type, null where it is blank or cannot be that type.

    raw: SQL of the raw value; source_type: its type as delivered; data_type and rule: from the model's YAML.
#}
{% macro typed_value(raw, source_type, data_type, rule) %}
    {%- if data_type == 'timestamp' -%}
        {{ typed_instant(raw, source_type) }}
    {%- elif data_type == 'date' and source_type | lower == 'date' -%}
        {{ of_this_calendar(raw, 'date') }}
    {%- elif data_type not in ['text', 'double precision'] and source_type | lower == data_type -%}
        {{ raw }}
    {%- else -%}
        {%- set text = raw_text(raw, source_type) -%}
        {%- if data_type == 'text' and rule.domain is defined -%}
            nullif(lower({{ bare(text) }}), '')
        {%- elif data_type == 'text' and rule.free_text -%}
            {{ free_text(text) }}
        {%- elif data_type == 'text' -%}
            {{ text_left(text) }}
        {%- elif data_type == 'boolean' -%}
            case
                when lower({{ bare(text) }}) in ('true', '1', 'yes', 't', 'y') then true
                when lower({{ bare(text) }}) in ('false', '0', 'no', 'f', 'n') then false
            end
        {%- elif data_type == 'bigint' -%}
            case
                when {{ try_cast(bare(text), 'double precision') }} between -9e15 and 9e15
                    and {{ try_cast(bare(text), 'double precision') }}
                    = floor({{ try_cast(bare(text), 'double precision') }})
                then cast({{ try_cast(bare(text), 'double precision') }} as bigint)
            end
        {%- elif data_type == 'double precision' -%}
            case
                when {{ try_cast(bare(text), 'double precision') }} between -1e300 and 1e300
                then {{ try_cast(bare(text), 'double precision') }}
            end
        {%- elif data_type == 'date' -%}
            {{ date_from_text(bare(text)) }}
        {%- else -%}
            {{ try_cast(bare(text), data_type) }}
        {%- endif -%}
    {%- endif -%}
{% endmacro %}


{# An instant in UTC. Text and timestamps without an offset are in source_time_zone (CLARIFICATIONS D1). #}
{% macro typed_instant(raw, source_type) %}
    {%- set kind = source_type | lower -%}
    {%- if kind in ['timestamp with time zone', 'timestamptz'] -%}
        {{ of_this_calendar('(' ~ raw ~ " at time zone 'UTC')", 'timestamp') }}
    {%- elif kind.startswith('timestamp') or kind == 'date' -%}
        {{ local_to_utc(of_this_calendar('cast(' ~ raw ~ ' as timestamp)', 'timestamp'), var('source_time_zone')) }}
    {%- elif var('source_time_zone') == 'UTC' -%}
        {{ instant_from_text(bare(raw_text(raw, source_type))) }}
    {%- else -%}
        {%- set text = bare(raw_text(raw, source_type)) -%}
        case
            when {{ has_offset(text) }}
            then {{ instant_from_text(text) }}
            else {{ local_to_utc(try_cast(text, 'timestamp'), var('source_time_zone')) }}
        end
    {%- endif -%}
{% endmacro %}


{# A typed instant or day of the years that can be written; databases also know infinity, and the year 290000. #}
{% macro of_this_calendar(value, data_type) -%}
    case when {{ value }} between {{ data_type }} '0001-01-01' and {{ data_type }} '9999-12-31' then {{ value }} end
{%- endmacro %}


{# Whether the text of an instant says its offset from UTC. #}
{% macro has_offset(text) -%}
    {{ matches(text, '[T ].*' ~ offset_pattern() ~ '$') }}
{%- endmacro %}


{#
    A text without the spaces at its ends, and without any other character there: an id keeps what it holds.
    Engines differ in what `trim` takes away unless they are told.
#}
{% macro trimmed(text) -%}trim(both ' ' from {{ text }}){%- endmacro %}

{#
    A value that is typed, without what surrounds it unseen: spaces of any kind, tabs, line ends, marks. Nearly every
    value has none, and a look at its ends is four times cheaper than taking them away.
#}
{% macro bare(text) -%}
    {%- set unseen = '\u00a0\u2009\u202f\u3000\u200b\u200e\u200f\ufeff' -%}
    case
        when {{ matches_whole(text, '[0-9A-Za-z](.*[0-9A-Za-z])?') }} then {{ text }}
        else trim(both E' \t\r\n{{ unseen }}' from {{ text }})
    end
{%- endmacro %}


{# How instants, their days and their offsets are written (RAW_CONTRACT), as regular expressions of every engine. #}
{% macro day_pattern() -%}[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}{%- endmacro %}
{% macro time_pattern() -%}[T ][0-9]{1,2}:[0-9]{2}(:[0-5][0-9]([.][0-9]+)?)?{%- endmacro %}
{% macro offset_pattern() -%}( ?([Zz]|UTC|[+-][0-9]{2}(:?[0-9]{2})?)){%- endmacro %}


{# The day a text begins with; a time after it is passed over, anything else makes it no day. #}
{% macro date_from_text(text) -%}
    case
        when {{ matches(text, '^' ~ day_pattern() ~ '(' ~ time_pattern() ~ offset_pattern() ~ '?)?$') }}
            then {{ try_cast("split_part(translate(" ~ text ~ ", 'T', ' '), ' ', 1)", 'date') }}
    end
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
