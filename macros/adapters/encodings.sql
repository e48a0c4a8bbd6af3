{#
    A text that is UTF-8 read in another encoding, read again (METRICS §13 rule 21): null where the way back is
    not clean. Letters that stand for a byte of the encoding become that byte, and the bytes must be UTF-8.
#}
{% macro reread(text, encoding) %}
    {{- adapter.dispatch('reread', 'cx_warehouse')(text, encoding) -}}
{% endmacro %}

{% macro duckdb__reread(text, encoding) -%}
    try(decode(unhex(array_to_string(
        list_transform(
            regexp_extract_all({{ text }}, '(?s).'),
            lambda letter: case
                when strpos('{{ letters_of(encoding) }}', letter) > 0
                    then printf('%02x', 127 + strpos('{{ letters_of(encoding) }}', letter))
                when ord(letter) < 160 then printf('%02x', ord(letter))
                else 'ff'
            end
        ),
        ''
    ))))
{%- endmacro %}

{% macro postgres__reread(text, encoding) -%}
    public.cx_reread({{ text }}, '{{ letters_of(encoding) }}')
{%- endmacro %}

{# The letters of the bytes 128 to 255. #}
{% macro letters_of(encoding) -%}
    {{ return({
        'cp1252': ''
            ~ '€\ufffd‚ƒ„…†‡ˆ‰Š‹Œ\ufffdŽ\ufffd\ufffd‘’“”•–—˜™š›œ\ufffdžŸ'
            ~ '\u00a0¡¢£¤¥¦§¨©ª«¬\u00ad®¯°±²³´µ¶·¸¹º»¼½¾¿'
            ~ 'ÀÁÂÃÄÅÆÇÈÉÊËÌÍÎÏÐÑÒÓÔÕÖ×ØÙÚÛÜÝÞß'
            ~ 'àáâãäåæçèéêëìíîïðñòóôõö÷øùúûüýþÿ',
        'cp1251': ''
            ~ 'ЂЃ‚ѓ„…†‡€‰Љ‹ЊЌЋЏђ‘’“”•–—\ufffd™љ›њќћџ'
            ~ '\u00a0ЎўЈ¤Ґ¦§Ё©Є«¬\u00ad®Ї°±Ііґµ¶·ё№є»јЅѕї'
            ~ 'АБВГДЕЖЗИЙКЛМНОПРСТУФХЦЧШЩЪЫЬЭЮЯ'
            ~ 'абвгдежзийклмнопрстуфхцчшщъыьэюя',
        'cp1257': ''
            ~ '€\ufffd‚\ufffd„…†‡\ufffd‰\ufffd‹\ufffd¨ˇ¸\ufffd‘’“”•–—\ufffd™\ufffd›\ufffd¯˛\ufffd'
            ~ '\u00a0\ufffd¢£¤\ufffd¦§Ø©Ŗ«¬\u00ad®Æ°±²³´µ¶·ø¹ŗ»¼½¾æ'
            ~ 'ĄĮĀĆÄÅĘĒČÉŹĖĢĶĪĻŠŃŅÓŌÕÖ×ŲŁŚŪÜŻŽß'
            ~ 'ąįāćäåęēčéźėģķīļšńņóōõö÷ųłśūüżž˙',
    }[encoding]) }}
{%- endmacro %}
