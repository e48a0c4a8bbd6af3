{#
    Text to a type, null where it cannot be: what `safe_cast` promises, on every engine and to the letter of
    RAW_CONTRACT. `install_adapter_functions` gives PostgreSQL, which has no try_cast, functions that do it.
#}

{% macro try_cast(expression, data_type) %}
    {{- adapter.dispatch('try_cast', 'cx_warehouse')(expression, data_type) -}}
{% endmacro %}

{% macro default__try_cast(expression, data_type) %}try_cast({{ expression }} as {{ data_type }}){% endmacro %}

{#
    DuckDB also reads `infinity` and `epoch` as dates, 2026/01/05, 1_200, nan and 0x10; the contract does not. A
    look for letters is cheaper than a pattern, and numbers are many.
#}
{% macro duckdb__try_cast(expression, data_type) -%}
    {%- if data_type in ['date', 'timestamp'] -%}
    {%- set pattern = day_pattern() ~ ('(' ~ time_pattern() ~ ')?' if data_type == 'timestamp') -%}
    case
        when {{ matches(expression, '^' ~ pattern ~ '$') }}
            then try_cast({{ expression }} as {{ data_type }})
    end
    {%- else -%}
    case
        when
            {% for letter in '_nNxXbB' %}
            strpos({{ expression }}, '{{ letter }}') = 0{{ ' and' if not loop.last }}
            {% endfor %}
            then try_cast({{ expression }} as {{ data_type }})
    end
    {%- endif -%}
{%- endmacro %}

{% macro postgres__try_cast(expression, data_type) %}
    {%- set kind = 'decimal' if data_type.startswith('decimal') else data_type.split(' ')[0] -%}
    public.cx_try_{{ kind }}({{ expression }})
{%- endmacro %}


{# Text with an offset to a UTC timestamp. #}
{% macro instant_from_text(expression) %}
    {{- adapter.dispatch('instant_from_text', 'cx_warehouse')(expression) -}}
{% endmacro %}

{# The session's time zone is UTC (profiles.yml), so text without an offset reads as UTC here. #}
{% macro duckdb__instant_from_text(expression) -%}
    {#- DuckDB reads an offset only after seconds, which ISO 8601 may leave out (2026-02-28T22:00Z), no small z, and
        no space before a sign. -#}
    {%- set with_seconds -%}
        regexp_replace(
            replace(replace(upper({{ expression }}), ' +', '+'), ' -', '-'),
            '^(.{8,10}[T ][0-9]{1,2}:[0-9]{2})( ?[UZ+-])', '\1:00\2'
        )
    {%- endset -%}
    case
        when {{ matches(expression, '^' ~ day_pattern() ~ '(' ~ time_pattern() ~ offset_pattern() ~ '?)?$') }}
            then coalesce(
                try_cast({{ expression }} as timestamptz), try_cast({{ with_seconds }} as timestamptz)
            ) at time zone 'UTC'
    end
{%- endmacro %}

{% macro postgres__instant_from_text(expression) %}public.cx_try_instant({{ expression }}){% endmacro %}


{% macro matches(expression, pattern) %}
    {{- adapter.dispatch('matches', 'cx_warehouse')(expression, pattern) -}}
{% endmacro %}

{% macro duckdb__matches(expression, pattern) %}regexp_matches({{ expression }}, '{{ pattern }}'){% endmacro %}

{% macro postgres__matches(expression, pattern) %}({{ expression }} ~ '{{ pattern }}'){% endmacro %}


{#
    Whether a pattern is the whole text. DuckDB asks this once for each word of a column's dictionary while it reads the
    file, and a pattern in a text row by row after it: of 18 million events that is 0.1 s or 4.
#}
{% macro matches_whole(expression, pattern) %}
    {{- adapter.dispatch('matches_whole', 'cx_warehouse')(expression, pattern) -}}
{% endmacro %}

{% macro default__matches_whole(expression, pattern) -%}{{ matches(expression, '^(' ~ pattern ~ ')$') }}{%- endmacro %}

{% macro duckdb__matches_whole(expression, pattern) -%}
    regexp_full_match({{ expression }}, '{{ pattern }}')
{%- endmacro %}


{# A raw text without the spaces at its ends, null where nothing is left. #}
{% macro text_left(raw) %}
    {{- adapter.dispatch('text_left', 'cx_warehouse')(raw) -}}
{% endmacro %}

{% macro default__text_left(raw) -%}nullif({{ trimmed(raw) }}, ''){%- endmacro %}

{#
    Nearly every text is as it should be, and to see that costs a twentieth of making it anew: what is empty or begins
    with a space comes before the sign after the space. One space at the end is cut off for a seventh of what a search
    for its beginning costs; what people write often ends in one.
#}
{% macro duckdb__text_left(raw) -%}
    case
        when {{ raw }} < '!' then {{ default__text_left(raw) }}
        when suffix({{ raw }}, ' ') then
            case
                when suffix({{ raw }}, '  ') then {{ trimmed(raw) }}
                else substring({{ raw }}, 1, length({{ raw }}) - 1)
            end
        else {{ raw }}
    end
{%- endmacro %}


{# Whether a text is one of a list of words; null where there is no text. #}
{% macro is_among(text, words) %}
    {{- adapter.dispatch('is_among', 'cx_warehouse')(text, words) -}}
{% endmacro %}

{% macro default__is_among(text, words) -%}({{ text }} in ('{{ words | join("', '") }}')){%- endmacro %}

{# DuckDB makes a join of a longer `in`, and compares a column of few words row by row; this it asks once a word. #}
{% macro duckdb__is_among(text, words) -%}list_contains(['{{ words | join("', '") }}'], {{ text }}){%- endmacro %}


{# Bytes of a text, as UTF-8: more than its characters where it is not plain ASCII. #}
{% macro byte_length(expression) %}
    {{- adapter.dispatch('byte_length', 'cx_warehouse')(expression) -}}
{% endmacro %}

{% macro duckdb__byte_length(expression) %}strlen({{ expression }}){% endmacro %}

{% macro postgres__byte_length(expression) %}octet_length({{ expression }}){% endmacro %}


{# A number that stands for a text, equal for equal texts. #}
{% macro text_fingerprint(expression) %}
    {{- adapter.dispatch('text_fingerprint', 'cx_warehouse')(expression) -}}
{% endmacro %}

{% macro duckdb__text_fingerprint(expression) %}hash({{ expression }}){% endmacro %}

{% macro postgres__text_fingerprint(expression) %}hashtextextended({{ expression }}, 0){% endmacro %}


{# A number that rows share whose expressions are all the same, and others by chance only (64 bits); none is null. #}
{% macro common_fingerprint(expressions) %}
    {{- adapter.dispatch('common_fingerprint', 'cx_warehouse')(expressions) -}}
{% endmacro %}

{% macro duckdb__common_fingerprint(expressions) %}hash({{ expressions | join(', ') }}){% endmacro %}

{% macro postgres__common_fingerprint(expressions) -%}
    hashtextextended(jsonb_build_array({{ expressions | join(', ') }})::text, 0)
{%- endmacro %}


{# One raw row as a JSON object of text. #}
{% macro json_row(names, expressions) %}
    {{- adapter.dispatch('json_row', 'cx_warehouse')(names, expressions) -}}
{% endmacro %}

{% macro duckdb__json_row(names, expressions) -%}
    cast(json_object(
        {%- for name in names -%}
        '{{ name | replace("'", "''") }}', {{ expressions[loop.index0] }}{{ ', ' if not loop.last }}
        {%- endfor -%}
    ) as varchar)
{%- endmacro %}

{# Two arrays, for a function takes no more than a hundred arguments there. #}
{% macro postgres__json_row(names, expressions) -%}
    cast(json_object(
        array[{% for name in names %}'{{ name | replace("'", "''") }}'{{ ', ' if not loop.last }}{% endfor %}],
        array[{% for text in expressions %}cast({{ text }} as text){{ ', ' if not loop.last }}{% endfor %}]
    ) as text)
{%- endmacro %}


{% macro install_adapter_functions() %}
    {{- adapter.dispatch('install_adapter_functions', 'cx_warehouse')() -}}
{% endmacro %}

{% macro default__install_adapter_functions() %}{% endmacro %}

{% macro postgres__install_adapter_functions() %}
    {%- if flags.WHICH in ['build', 'run', 'seed', 'test'] %}
    {#- PostgreSQL rounds what DuckDB cuts. -#}
    create or replace function public.cx_microseconds(value text) returns text as $$
        select regexp_replace(value, '([.][0-9]{6})[0-9]+', '\1')
    $$ language sql immutable parallel safe;
    {%- for name, type, guard in [
        ('bigint', 'bigint', '^[+-]?[0-9]+$'),
        ('double', 'double precision', '^[+-]?([0-9]+[.]?[0-9]*|[.][0-9]+)([eE][+-]?[0-9]+)?$'),
        ('decimal', 'decimal(18,4)', '^[+-]?([0-9]+[.]?[0-9]*|[.][0-9]+)([eE][+-]?[0-9]+)?$'),
        ('date', 'date', '^' ~ day_pattern() ~ '$'),
        ('timestamp', 'timestamp', '^' ~ day_pattern() ~ '(' ~ time_pattern() ~ ')?$')
    ] %}
    create or replace function public.cx_try_{{ name }}(value text) returns {{ type }} as $$
    begin
        if value !~ '{{ guard }}' then return null; end if;
        return cast({{ "public.cx_microseconds(value)" if name == "timestamp" else "value" }} as {{ type }});
    exception when others then return null;
    end $$ language plpgsql immutable parallel safe;
    {%- endfor %}
    create or replace function public.cx_reread(value text, letters text) returns text as $$
    declare
        bytes bytea := '';
        letter text;
        code integer;
    begin
        foreach letter in array regexp_split_to_array(value, '') loop
            code := position(letter in letters) + 127;
            if code = 127 then code := ascii(letter); if code > 159 then return null; end if; end if;
            bytes := bytes || set_byte('\x00'::bytea, 0, code);
        end loop;
        return convert_from(bytes, 'UTF8');
    exception when others then return null;
    end $$ language plpgsql immutable parallel safe;
    create or replace function public.cx_try_instant(value text) returns timestamp as $$
    begin
        if value !~ '^{{ day_pattern() }}({{ time_pattern() }}{{ offset_pattern() }}?)?$' then return null; end if;
        return cast(public.cx_microseconds(value) as timestamptz) at time zone 'UTC';
    exception when others then return null;
    end $$ language plpgsql stable parallel safe set timezone = 'UTC';
    {%- endif %}
{% endmacro %}
