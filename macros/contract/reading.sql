{#
    How the values of a raw column are read: {steps, value, is_untyped, repairs}.

    steps       [{made: sql}] what is made of the column on the way, a step after the other, each over the raw row and
                the steps before it, as the column `column_beside(made, name)`. An expression that is read more than
                once is a step: spelled out each time, it takes an engine longer to plan than to run.
    value       SQL of the value of the contract's type over the last step; null where it is blank or untypable
    is_untyped  SQL over `typed` of what was delivered and could not be typed; none where that cannot be
    repairs     [(rule, condition)] what was read otherwise than as written (METRICS §13), SQL over `typed`

    `spellings` are those of the category that are another one's (spellings.sql).

    What a plain cast cannot read is only looked at where the cast found nothing, so that clean data pays nothing.
#}
{% macro reading_of(name, column, raw, is_rewritten, spellings=none) %}
    {% set rule, data_type = column_rule(column), column.data_type %}
    {% set raw_value = column_beside('raw', name) %}
    {% set delivered_type = (raw.columns[name].type | lower) if name in raw.columns else none %}
    {% if delivered_type is none %}
        {% set reading = {'steps': [], 'value': 'cast(null as ' ~ data_type ~ ')'} %}
    {% elif data_type == 'text' %}
        {% set reading = reading_of_text(name, delivered_type, rule, is_rewritten, spellings) %}
    {% elif is_of_type(delivered_type, data_type) %}
        {% set reading = {
            'steps': [],
            'value': value_of_type(raw_value, delivered_type, data_type),
            'is_untyped': (
                value_of_type('typed.' ~ raw_value, delivered_type, data_type) if rule.default is defined
                else 'typed.' ~ adapter.quote(name)
            ) ~ ' is null and typed.' ~ raw_value ~ ' is not null',
        } %}
    {% else %}
        {% set reading = reading_of_type(name, delivered_type, data_type, rule) %}
    {% endif %}
    {% if rule.default is defined %}
        {% set default = typed_default(rule.default, data_type) %}
        {% do reading.update({'value': 'coalesce(' ~ reading.value ~ ', ' ~ default ~ ')'}) %}
    {% endif %}
    {{ return(reading) }}
{% endmacro %}


{# A column of text: a word of a closed list, what people wrote, a category, or a key. #}
{% macro reading_of_text(name, delivered_type, rule, is_rewritten, spellings) %}
    {% set text = raw_text(column_beside('raw', name), delivered_type) %}
    {% set is_category = is_text_type(delivered_type) and not name.endswith('_id') and not is_rewritten %}
    {% if rule.domain is defined %}
        {% set word = 'lower(' ~ column_beside('bare', name) ~ ')' %}
        {{ return({'steps': [{'bare': bare(text)}], 'value': "nullif(" ~ word ~ ", '')"}) }}
    {% elif rule.free_text %}
        {{ return({
            'steps': [
                {'reread': reread_text(text)},
                {'shown': strip_bidi('coalesce(' ~ column_beside('reread', name) ~ ', ' ~ text ~ ')')},
                {'nameless': mask_addresses(column_beside('shown', name))},
            ],
            'value': "nullif(trim(both E' \\t\\r\\n' from " ~ mask_numbers(column_beside('nameless', name)) ~ "), '')",
            'repairs': [('21', 'typed.' ~ column_beside('reread', name) ~ ' is not null')],
        }) }}
    {% elif is_category %}
        {% set visible, seen = column_beside('visible', name), column_beside('seen', name) %}
        {% set spelled = one_spelling(
            seen, spellings, 'lower(' ~ bare(column_beside('raw', rule.category_of)) ~ ')' if rule.category_of
        ) %}
        {% set is_other = 'typed.' ~ adapter.quote(name) ~ ' is distinct from ' ~ text_left('typed.' ~ text) %}
        {{ return({
            'steps': [
                {'visible': visible_text(text)},
                {'composed': composed(visible)},
                {'seen': seen_text(text, visible, column_beside('composed', name))},
            ],
            'value': 'lower(' ~ spelled ~ ')' if rule.any_case else spelled,
            'repairs': [(
                '22', is_other if rule.any_case or spellings else 'typed.' ~ visible ~ ' is not null and ' ~ is_other
            )],
        }) }}
    {% endif %}
    {# Ids are left alone: one with an unseen character finds no parent, which is told. #}
    {{ return({'steps': [], 'value': text_left(text)}) }}
{% endmacro %}


{# A column of another type that was delivered as text, or as what only its text can be read as. #}
{% macro reading_of_type(name, delivered_type, data_type, rule) %}
    {% set bare_text, plain = column_beside('bare', name), column_beside('plain', name) %}
    {% set steps = [{'bare': bare(raw_text(column_beside('raw', name), delivered_type))}] %}
    {% set is_unread = plain ~ " is null and " ~ bare_text ~ " <> ''" %}
    {% set repairs = [] %}
    {% if data_type in ['bigint', 'double precision'] %}
        {% set number, spelled = column_beside('number', name), column_beside('spelled', name) %}
        {% do steps.append({'number': try_cast(bare_text, 'double precision')}) %}
        {% do steps.append({'spelled': 'case when ' ~ number ~ ' is null then ' ~ plain_number(bare_text) ~ ' end'}) %}
        {% do steps.append({
            'plain': number_within(number, data_type),
            'respelled': try_cast(spelled, 'double precision'),
        }) %}
        {% set reread = number_within(column_beside('respelled', name), data_type) %}
        {% set rules = [('50', 'true')] %}
    {% elif data_type.startswith('decimal') %}
        {% set spelled = column_beside('spelled', name) %}
        {% do steps.append({'plain': try_cast(bare_text, data_type)}) %}
        {% do steps.append({'spelled': 'case when ' ~ is_unread ~ ' then ' ~ plain_number(bare_text) ~ ' end'}) %}
        {% set reread = try_cast(spelled, data_type) %}
        {% set rules = [('50', 'true')] %}
    {% elif data_type == 'date' %}
        {% do steps.append({'plain': date_from_text(bare_text)}) %}
        {% set reread = date_from_serial(bare_text) %}
        {% set rules = [('51', 'true')] %}
    {% elif data_type == 'timestamp' %}
        {% do steps.append({'plain': instant_from_source(bare_text)}) %}
        {% set reread = instant_from_number(bare_text, rule.happened) %}
        {% set is_serial = matches('typed.' ~ bare_text, '^[0-9]{5}([.]|$)') %}
        {% set rules = [('51', is_serial), ('8', 'not ' ~ is_serial)] %}
    {% else %}
        {% do steps.append({'plain': flag_from_text(bare_text)}) %}
    {% endif %}
    {% set value = plain %}
    {% if reread and rule.default is not defined %}
        {% set value = 'coalesce(' ~ plain ~ ', case when ' ~ is_unread ~ ' then ' ~ reread ~ ' end)' %}
        {% for rule_id, condition in rules %}
            {% do repairs.append((
                rule_id,
                'typed.' ~ plain ~ ' is null and typed.' ~ adapter.quote(name) ~ ' is not null and ' ~ condition
            )) %}
        {% endfor %}
    {% endif %}
    {{ return({
        'steps': steps,
        'value': value,
        'is_untyped': 'typed.' ~ (plain if rule.default is defined else adapter.quote(name)) ~ ' is null and typed.'
            ~ bare_text ~ " <> ''",
        'repairs': repairs,
    }) }}
{% endmacro %}


{# How many steps the longest of some readings takes. #}
{% macro steps_of(readings) %}
    {% set lengths = [0] %}
    {% for reading in readings.values() %}{% do lengths.append(reading.steps | length) %}{% endfor %}
    {{ return(lengths | max) }}
{% endmacro %}


{# The column that stands beside another, made on the way to its value. #}
{% macro column_beside(made, name) %}
    {{ return(adapter.quote(made ~ '__' ~ name)) }}
{% endmacro %}


{% macro typed_default(value, data_type) -%}
    {%- if data_type == 'text' -%}'{{ value }}'{%- else -%}{{ value }}{%- endif -%}
{%- endmacro %}
