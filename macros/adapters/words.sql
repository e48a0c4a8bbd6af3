{# The words of a text by position, as a relation with the columns of `key`, position and word. #}
{% macro words_of(relation, key, text) %}
    {{- adapter.dispatch('words_of', 'cx_warehouse')(relation, key, text) -}}
{% endmacro %}

{% macro duckdb__words_of(relation, key, text) -%}
    (
        select {{ key }}, unnest(words) as word, generate_subscripts(words, 1) as position
        from (
            select {{ key }}, regexp_split_to_array({{ text }}, '[^{{ word_letters() }}]+') as words
            from {{ relation }}
        ) as split_texts
    )
{%- endmacro %}

{% macro postgres__words_of(relation, key, text) -%}
    (
        select {{ key }}, words.word, words.position
        from {{ relation }}
        cross join lateral regexp_split_to_table({{ text }}, '[^{{ word_letters() }}]+')
            with ordinality as words (word, position)
    )
{%- endmacro %}

{# What a word of folded text is made of. #}
{% macro word_letters() -%}a-zа-я0-9''{%- endmacro %}


{# The first five of the texts for which a condition holds, in order and joined by commas, as an aggregate. #}
{% macro first_texts(text, condition) %}
    {{- adapter.dispatch('first_texts', 'cx_warehouse')(text, condition) -}}
{% endmacro %}

{% macro duckdb__first_texts(text, condition) -%}
    array_to_string(min({{ text }}, 5) filter (where {{ condition }}), ', ')
{%- endmacro %}

{% macro postgres__first_texts(text, condition) -%}
    array_to_string(
        (
            array_agg({{ text }} order by {{ text }} collate "C")
            filter (where {{ condition }} and {{ text }} is not null)
        )[1:5],
        ', '
    )
{%- endmacro %}


{#
    A text that is one of a few words, as it is stored and sorted cheapest. DuckDB numbers the words and shows them as
    text; there another word would be an error.
#}
{% macro code_of(text, words) %}
    {{- adapter.dispatch('code_of', 'cx_warehouse')(text, words) -}}
{% endmacro %}

{% macro default__code_of(text, words) -%}
    {{ text }}
{%- endmacro %}

{% macro duckdb__code_of(text, words) -%}
    cast({{ text }} as enum('{{ words | join("', '") }}'))
{%- endmacro %}


{# One code point for one letter, so that a letter typed as base and accent equals the single one. #}
{% macro composed(text) %}
    {{- adapter.dispatch('composed', 'cx_warehouse')(text) -}}
{% endmacro %}

{% macro duckdb__composed(text) %}nfc_normalize({{ text }}){% endmacro %}

{% macro postgres__composed(text) %}normalize({{ text }}, nfc){% endmacro %}


{#
    Text as words are compared: lower case, ё as е, Lithuanian letters without their marks, straight apostrophes.
    Letters are named here because `lower` of a database knows only those of its locale.
#}
{% macro folded(text) -%}
    translate(
        lower({{ composed(text) }}),
        'АБВГДЕЁЖЗИЙКЛМНОПРСТУФХЦЧШЩЪЫЬЭЮЯёĄČĘĖĮŠŲŪŽąčęėįšųūž’‘`',
        'абвгдеежзийклмнопрстуфхцчшщъыьэюяеaceeisuuzaceeisuuz'''''''
    )
{%- endmacro %}
