{# Every raw table of the contract that staging reads, as (system, table): what quality reconciles. #}
{% macro raw_tables() %}
    {% set tables = [] %}
    {% for system, names in {
        'crm': [
            'customers', 'customer_history', 'contacts', 'subscriptions', 'subscription_changes', 'cancellations',
            'orders', 'touchpoints', 'employees',
        ],
        'helpdesk': ['tickets', 'ticket_events', 'ticket_messages', 'sla_targets', 'schedules', 'holidays'],
        'surveys': ['surveys', 'questions', 'invitations', 'responses', 'answers', 'followups'],
        'voice': ['reviews', 'mentions', 'research_findings'],
        'web': ['sessions', 'events'],
        'initiatives': ['initiatives', 'exposures'],
    }.items() %}
        {% for name in names %}{% do tables.append((system, name)) %}{% endfor %}
    {% endfor %}
    {{ return(tables) }}
{% endmacro %}


{# The staging model of a raw table as dbt knows it; none while the project is parsed. #}
{% macro staging_node(system, table) %}
    {{ return(graph.nodes['model.' ~ project_name ~ '.stg_' ~ system ~ '__' ~ table] if execute else none) }}
{% endmacro %}


{# (staging relation, column) of every instant that happened, required and so never planned. #}
{% macro happened_columns() %}
    {% set columns = [] %}
    {% for system, table in raw_tables() %}
        {% set name = 'stg_' ~ system ~ '__' ~ table %}
        {% set relation = ref(name) %}
        {% if execute %}
            {% set node = graph.nodes['model.' ~ project_name ~ '.' ~ name] %}
            {% for column in node.columns.values() if column_rule(column).happened %}
                {% do columns.append((relation, column.name)) %}
            {% endfor %}
        {% endif %}
    {% endfor %}
    {{ return(columns) }}
{% endmacro %}
