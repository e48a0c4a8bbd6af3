{# Whether values of a source's type are taken as they are: no text has to be read for them. #}
{% macro is_of_type(source_type, data_type) %}
    {% set is_whole = source_type in ['tinyint', 'smallint', 'integer', 'bigint'] %}
    {% if data_type == 'timestamp' %}{{ return(source_type.startswith('timestamp') or source_type == 'date') }}
    {% elif data_type == 'bigint' %}{{ return(is_whole) }}
    {% elif data_type == 'double precision' %}
        {{ return(is_whole or source_type in ['double', 'double precision']) }}
    {% endif %}
    {{ return(source_type == data_type) }}
{% endmacro %}


{# SQL of a value that `is_of_type`, null where it is none that can be written. #}
{% macro value_of_type(raw, source_type, data_type) %}
    {%- if data_type == 'timestamp' -%}
        {{ instant_of_type(raw, source_type) }}
    {%- elif data_type == 'date' -%}
        {{ of_this_calendar(raw, 'date') }}
    {%- elif data_type in ['bigint', 'double precision'] -%}
        {{ number_within('cast(' ~ raw ~ ' as ' ~ data_type ~ ')', data_type, is_whole=data_type == 'bigint') }}
    {%- else -%}
        {{ raw }}
    {%- endif -%}
{% endmacro %}


{# A timestamp of the source in UTC; one without an offset is in source_time_zone (CLARIFICATIONS D1). #}
{% macro instant_of_type(raw, source_type) -%}
    {%- if source_type in ['timestamp with time zone', 'timestamptz'] -%}
        {{ of_this_calendar('(' ~ raw ~ " at time zone 'UTC')", 'timestamp') }}
    {%- else -%}
        {{ local_to_utc(of_this_calendar('cast(' ~ raw ~ ' as timestamp)', 'timestamp'), var('source_time_zone')) }}
    {%- endif -%}
{%- endmacro %}


{# The text of an instant in UTC; one without an offset is in source_time_zone (CLARIFICATIONS D1). #}
{% macro instant_from_source(text) -%}
    {%- if var('source_time_zone') == 'UTC' -%}
        {{ instant_from_text(text) }}
    {%- else -%}
        case
            when {{ has_offset(text) }}
            then {{ instant_from_text(text) }}
            else {{ local_to_utc(try_cast(text, 'timestamp'), var('source_time_zone')) }}
        end
    {%- endif -%}
{%- endmacro %}


{# A number that a type can hold, null where it is another: no part of a whole, not beyond what doubles tell apart. #}
{% macro number_within(number, data_type, is_whole=false) -%}
    {%- if is_whole -%}
        case when {{ number }} between -9000000000000000 and 9000000000000000 then {{ number }} end
    {%- elif data_type == 'bigint' -%}
        case
            when {{ number }} between -9e15 and 9e15 and {{ number }} = floor({{ number }})
                then cast({{ number }} as bigint)
        end
    {%- else -%}
        case when {{ number }} between -1e300 and 1e300 then {{ number }} end
    {%- endif -%}
{%- endmacro %}


{% macro flag_from_text(text) -%}
    case
        when lower({{ text }}) in ('true', '1', 'yes', 't', 'y') then true
        when lower({{ text }}) in ('false', '0', 'no', 'f', 'n') then false
    end
{%- endmacro %}


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


{# Bidirectional controls can disguise what a line says: U+202A to U+202E and U+2066 to U+2069. #}
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

{#
    Text people wrote is shown without its e-mail addresses, card and phone numbers (METRICS §13 rule 20). Most
    texts hold neither: a look for the sign and for the run of digits is cheaper than a replacement.
#}
{% macro mask_addresses(text) -%}
    case
        when position('@' in {{ text }}) > 0
            then regexp_replace(
                {{ text }},
                '[^[:space:]@<>(),;:"/?&=]+@[^[:space:]@<>(),;:"/]+[.][^[:space:]@<>(),;:"/.!?0-9]{2,}', '[e-mail]', 'g'
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
