{#
    What a plain cast cannot read and METRICS §13 says how to read all the same. Each of these is null where the
    value cannot be told.
    Every repair that was made is listed in `quality.repaired_rows`.
#}

{#
    How a text looks that is UTF-8 read in another encoding: the letter of a lead byte, then that of a byte from
    128 to 191. Only such a text is read again.
#}
{% macro misread_encodings() %}
    {{ return({'cp1252': '[ÂÃÄÅÐÑâ]', 'cp1251': '[РС]', 'cp1257': '[ĀĆÄÅŠŃā]'}) }}
{% endmacro %}


{# The text read again where it was read in another encoding, null where it was not (rule 21). #}
{% macro reread_text(text) -%}
    case
        when {{ byte_length(text) }} > length({{ text }}) then coalesce(
            {%- for encoding, lead in misread_encodings().items() %}
            case
                when {{ matches(text, lead ~ '[' ~ letters_of(encoding)[:64] ~ '\u0080-\u009f]') }}
                    then {{ reread(text, encoding) }}
            end{{ ',' if not loop.last }}
            {%- endfor %}
        )
    end
{%- endmacro %}


{# The instants delivered without a zone, as wall time of the source: name -> SQL. None where that is UTC. #}
{% macro naive_instants(raw) %}
    {% set found = {} %}
    {% for name, column in model.columns.items() %}
        {% if var('source_time_zone') != 'UTC' and column.data_type == 'timestamp' and name in raw.columns %}
            {% set value, kind = 'typed.' ~ adapter.quote('raw__' ~ name), raw.columns[name].type | lower %}
            {% if is_text_type(kind) %}
                {% set text = 'typed.' ~ column_beside('bare', name) %}
                {% set local %}
                    case when not {{ has_offset(text) }} then {{ try_cast(text, 'timestamp') }} end
                {% endset %}
                {% do found.update({name: local}) %}
            {% elif kind.startswith('timestamp') and kind not in ['timestamp with time zone', 'timestamptz'] %}
                {% do found.update({name: 'cast(' ~ value ~ ' as timestamp)'}) %}
            {% endif %}
        {% endif %}
    {% endfor %}
    {{ return(found) }}
{% endmacro %}


{#
    Whether a wall time happens twice or never in the source's zone (rule 7). Clocks change at night: only its
    hours are looked at.
#}
{% macro is_clock_change(instant, local) -%}
    (
        extract(hour from {{ local }}) < 5
        and (
            {{ utc_to_local(instant, var('source_time_zone')) }} <> {{ local }}
            or {{ utc_to_local(dbt.dateadd('hour', -1, instant), var('source_time_zone')) }} = {{ local }}
        )
    )
{%- endmacro %}


{# What was repaired in a row of `typed`, as one text; null where nothing was. Of what is personal no value is told. #}
{% macro repair_entries(raw, readings, repairs) -%}
    {%- set entries = [] -%}
    {%- for name, reading in readings.items() -%}
        {%- set column = model.columns[name] -%}
        {%- set is_private = 'pii' in (column.config.tags or column.tags or []) or column_rule(column).free_text -%}
        {%- for rule_id, condition in reading.repairs or [] -%}
            {%- set before = raw_text('typed.' ~ column_beside('raw', name), raw.columns[name].type) -%}
            {%- set after = 'typed.' ~ adapter.quote(name) -%}
            {%- do entries.append(repair_entry(
                condition, rule_id, name, 'null' if is_private else before, 'null' if is_private else after
            )) -%}
        {%- endfor -%}
    {%- endfor -%}
    {%- for name, local in naive_instants(raw).items() -%}
        {%- set value = 'typed.' ~ adapter.quote(name) -%}
        {%- do entries.append(repair_entry(is_clock_change(value, local), '7', name, local, value)) -%}
    {%- endfor -%}
    {%- for repair in repairs -%}
        {%- do entries.append(
            repair_entry(repair.condition, repair.rule, repair.column, repair.before, repair.after)
        ) -%}
    {%- endfor -%}
    {%- if entries -%}
    nullif(
        {{ entries | join('\n        || ') }},
        ''
    )
    {%- else -%}
    cast(null as {{ dbt.type_string() }})
    {%- endif -%}
{%- endmacro %}


{#
    A number as people write it, without what groups its thousands and with a decimal point (rule 50): 4,5 and
    1 200 and 1.200,50 and 1,200.50. 1,200 may be either and stays unread.
#}
{% macro plain_number(text) -%}
    {%- set spaced = "translate(" ~ text ~ ", chr(160) || chr(8239) || chr(8201), '   ')" -%}
    case
        when {{ matches(spaced, '^[+-]?[0-9]{1,3}( [0-9]{3})+([.,][0-9]+)?$') }}
            then replace(replace({{ spaced }}, ' ', ''), ',', '.')
        when {{ matches(spaced, '^[+-]?([0-9]+,([0-9]{1,2}|[0-9]{4,})|0,[0-9]+|[0-9]{4,},[0-9]+)$') }}
            then replace({{ spaced }}, ',', '.')
        when {{ matches(spaced, '^[+-]?[0-9]{1,3}([.][0-9]{3})+,[0-9]+$') }}
            then replace(replace({{ spaced }}, '.', ''), ',', '.')
        when {{ matches(spaced, '^[+-]?[0-9]{1,3}(,[0-9]{3})+[.][0-9]+$') }}
            then replace({{ spaced }}, ',', '')
    end
{%- endmacro %}


{#
    The number people meant where they answered a score in words (rule 11): 9/10 on a scale that ends at 10,
    10 – definitely, 8 points, digits of full width. A number that stands in the middle of words says nothing.
    `scale_said` is the end of the scale in an answer like 9/10.
#}
{% macro score_said(text) -%}
    {%- set plain = with_plain_digits(text) -%}
    case
        when {{ matches(plain, '^[0-9]+$') }} then {{ plain }}
        when {{ matches(plain, '^[0-9]{1,3} */ *[0-9]{1,3}$') }} then trim(split_part({{ plain }}, '/', 1))
        when {{ matches(plain, '^[0-9]{1,3}( |[(:*–—-])[^0-9%]*$') }}
            then regexp_replace({{ plain }}, '[^0-9]+$', '')
    end
{%- endmacro %}

{% macro scale_said(text) -%}
    {%- set plain = with_plain_digits(text) -%}
    case
        when {{ matches(plain, '^[0-9]{1,3} */ *[0-9]{1,3}$') }}
            then cast(trim(split_part({{ plain }}, '/', 2)) as double precision)
    end
{%- endmacro %}

{% macro with_plain_digits(text) -%}trim(translate({{ text }}, '０１２３４５６７８９', '0123456789')){%- endmacro %}


{#
    An instant written as a number: days since Excel's zero (rule 51), seconds, milli- or microseconds since 1970
    (rule 8). Kept where it lies between 2005 and as_of; what is planned may lie later.
#}
{% macro instant_from_number(text, happened) -%}
    {%- set limit = "timestamp '2100-01-01'" -%}
    {%- if happened and var('as_of') is not none -%}
        {%- set limit = dbt.dateadd('day', 1, as_of_literal()) -%}
    {%- endif -%}
    {%- set number = try_cast(text, 'double precision') -%}
    {%- set epoch = "timestamp '1970-01-01'" -%}
    case
        when {{ matches(text, '^[0-9]{5}([.][0-9]+)?$') }}
            then {{ within_memory(local_to_utc(
                plus_microseconds("timestamp '1899-12-30'", whole_number(number ~ ' * 86400') ~ ' * 1000000'),
                var('source_time_zone')
            ), limit) }}
        when {{ matches(text, '^[0-9]{10}([.][0-9]+)?$') }}
            then {{ within_memory(plus_microseconds(epoch, whole_number(number ~ ' * 1000000')), limit) }}
        when {{ matches(text, '^[0-9]{13}([.]0+)?$') }}
            then {{ within_memory(plus_microseconds(epoch, whole_number(number ~ ' * 1000')), limit) }}
        when {{ matches(text, '^[0-9]{16}([.]0+)?$') }}
            then {{ within_memory(plus_microseconds(epoch, whole_number(number)), limit) }}
    end
{%- endmacro %}

{% macro whole_number(number) -%}cast(round({{ number }}) as bigint){%- endmacro %}

{% macro within_memory(instant, limit) -%}
    case when {{ instant }} between timestamp '2005-01-01' and {{ limit }} then {{ instant }} end
{%- endmacro %}


{# A day written as days since Excel's zero (rule 51), from 2005 to 2100. #}
{% macro date_from_serial(text) -%}
    case
        when {{ matches(text, '^[0-9]{5}([.][0-9]+)?$') }}
            and {{ try_cast(text, 'double precision') }} between 38353 and 73050
            then {{ date_plus(
                "date '1899-12-30'", 'cast(floor(' ~ try_cast(text, 'double precision') ~ ') as integer)'
            ) }}
    end
{%- endmacro %}


{#
    A word of a category as it is seen (rule 22): joined letters, plain spaces, no zero-width or direction marks,
    letters and digits of common width and of one alphabet. Plain ASCII has none of it, and is not looked at:
    `visible` is null for it.
#}
{% macro seen_text(text, visible, composed_text) -%}
    case
        when {{ visible }} is not null then nullif({{ trimmed(of_one_alphabet(composed_text)) }}, '')
        else {{ text_left(text) }}
    end
{%- endmacro %}

{% macro visible_text(text) -%}
    {%- set unseen = [] -%}
    {%- for code in [8203, 8204, 8206, 8207, 8288, 65279, 8234, 8235, 8236, 8237, 8238, 8294, 8295, 8296, 8297] -%}
        {%- do unseen.append('chr(' ~ code ~ ')') -%}
    {%- endfor -%}
    case
        when {{ byte_length(text) }} > length({{ text }}) then translate(
            {{ text }},
            chr(160) || chr(8239) || chr(8201) || chr(12288) || '{{ wide_letters() }}' || {{ unseen | join(' || ') }},
            '    {{ plain_letters() }}'
        )
    end
{%- endmacro %}

{# Letters and digits of full width, as East Asian keyboards write them, and the plain ones they are. #}
{% macro wide_letters() -%}
０１２３４５６７８９ＡＢＣＤＥＦＧＨＩＪＫＬＭＮＯＰＱＲＳＴＵＶＷＸＹＺａｂｃｄｅｆｇｈｉｊｋｌｍｎｏｐｑｒｓｔｕｖｗｘｙｚ
{%- endmacro %}
{% macro plain_letters() -%}
0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz
{%- endmacro %}


{#
    A text in whose words Latin and Cyrillic letters stand together, with those that look alike read as the alphabet
    of the others: Сhat with a Cyrillic С is Chat. Where both alphabets could be meant the commoner one is; a text
    that neither reading makes whole, or that also has a word of the other alphabet, stays as it is.
#}
{% macro of_one_alphabet(text) -%}
    {%- set latin, cyrillic = 'ABCEHIJKMOPSTXYaceijopsxy', 'АВСЕНІЈКМОРЅТХУасеіјорѕху' -%}
    {%- set others = '[^A-Za-z\u0400-\u04ff]' -%}
    {%- set is_latin -%}
        (
            not {{ matches('translate(' ~ text ~ ", '" ~ cyrillic ~ "', '')", '[\u0400-\u04ff]') }}
            and not {{ matches(text, '(^|' ~ others ~ ')[\u0400-\u04ff]+(' ~ others ~ '|$)') }}
        )
    {%- endset -%}
    {%- set is_cyrillic -%}
        (
            not {{ matches('translate(' ~ text ~ ", '" ~ latin ~ "', '')", '[A-Za-z]') }}
            and not {{ matches(text, '(^|' ~ others ~ ')[A-Za-z]+(' ~ others ~ '|$)') }}
        )
    {%- endset -%}
    case
        when not {{ matches(text, '[A-Za-z][\u0400-\u04ff]|[\u0400-\u04ff][A-Za-z]') }} then {{ text }}
        when {{ is_latin }} and (
            not {{ is_cyrillic }}
            or length(translate({{ text }}, '{{ latin }}', '')) <= length(translate({{ text }}, '{{ cyrillic }}', ''))
        )
            then translate({{ text }}, '{{ cyrillic }}', '{{ latin }}')
        when {{ is_cyrillic }} then translate({{ text }}, '{{ latin }}', '{{ cyrillic }}')
        else {{ text }}
    end
{%- endmacro %}


{#
    One repair as text: rule, column, before and after parted by U+001F, U+001E at its end; '' where there was
    none. `quality.repaired_rows` takes it apart.
#}
{% macro repair_entry(condition, rule_id, column, before, after) -%}
    case
        when {{ condition }}
            then '{{ rule_id }}' || chr(31) || '{{ column }}' || chr(31)
                || coalesce({{ mark_free(before) }}, '') || chr(31) || coalesce({{ mark_free(after) }}, '') || chr(30)
        else ''
    end
{%- endmacro %}

{% macro mark_free(text) -%}
    left(translate(cast({{ text }} as {{ dbt.type_string() }}), chr(30) || chr(31), ''), 1000)
{%- endmacro %}
