/* A YAML document as JSON, by the core schema: a plain scalar may be null, a
 * boolean or a number, everything else is text; keys are text. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <yaml.h>

#include "openapi_check.h"

#define DEPTH_MAX 64

static json_t *plain(const char *s)
{
    char *end;
    long long i;
    double d;

    if (!*s || !strcmp(s, "~") || !strcmp(s, "null"))
        return json_null();
    if (!strcmp(s, "true") || !strcmp(s, "false"))
        return json_boolean(*s == 't');
    if (!strchr("+-.0123456789", *s))
        return json_string(s);
    errno = 0;
    i = strtoll(s, &end, 10);
    if (!*end && !errno)
        return json_integer(i);
    d = strtod(s, &end);
    if (!*end && strspn(s, "+-.0123456789eE") == strlen(s))
        return json_real(d);
    return json_string(s);
}

static json_t *node_to_json(yaml_document_t *doc, int index, int depth)
{
    yaml_node_t *n = yaml_document_get_node(doc, index);
    json_t *out = NULL;

    if (!n || depth > DEPTH_MAX)
        return NULL;
    switch (n->type) {
    case YAML_SCALAR_NODE:
        if (n->data.scalar.style == YAML_PLAIN_SCALAR_STYLE)
            return plain((char *)n->data.scalar.value);
        return json_stringn((char *)n->data.scalar.value,
                            n->data.scalar.length);
    case YAML_SEQUENCE_NODE:
        out = json_array();
        for (yaml_node_item_t *i = n->data.sequence.items.start;
             i < n->data.sequence.items.top; i++)
            json_array_append_new(out, node_to_json(doc, *i, depth + 1));
        return out;
    case YAML_MAPPING_NODE:
        out = json_object();
        for (yaml_node_pair_t *p = n->data.mapping.pairs.start;
             p < n->data.mapping.pairs.top; p++) {
            yaml_node_t *k = yaml_document_get_node(doc, p->key);

            json_object_set_new(out, (char *)k->data.scalar.value,
                                node_to_json(doc, p->value, depth + 1));
        }
        return out;
    case YAML_NO_NODE:
        break;
    }
    return NULL;
}

json_t *openapi_load(const char *path, char *why, size_t why_size)
{
    FILE *f = fopen(path, "r");
    yaml_parser_t parser;
    yaml_document_t doc;
    json_t *json = NULL;

    if (!f) {
        snprintf(why, why_size, "%s: %s", path, strerror(errno));
        return NULL;
    }
    if (!yaml_parser_initialize(&parser))
        abort();
    yaml_parser_set_input_file(&parser, f);
    if (!yaml_parser_load(&parser, &doc)) {
        snprintf(why, why_size, "%s:%zu: %s", path,
                 parser.problem_mark.line + 1,
                 parser.problem ? parser.problem : "cannot be read");
    } else {
        json = node_to_json(&doc, 1, 0);
        yaml_document_delete(&doc);
        if (!json)
            snprintf(why, why_size, "%s: empty", path);
    }
    yaml_parser_delete(&parser);
    fclose(f);
    return json;
}
