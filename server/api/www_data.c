/* The assembler takes the files in as they are, any bytes; the Makefile
 * names them, so that a change builds this anew. */
#include "api/www_data.h"

#define FILE_IN(name, path)                                                    \
    __asm__(".pushsection .rodata, \"a\"\n"                                    \
            "www_" #name ":\n"                                                 \
            ".incbin \"" path "\"\n"                                           \
            "www_" #name "_end:\n"                                             \
            ".byte 0\n"                                                        \
            ".popsection\n");                                                  \
    extern const char www_##name[] __attribute__((visibility("hidden")));      \
    extern const char www_##name##_end[] __attribute__((visibility("hidden")))

FILE_IN(openapi, "openapi.yaml");
FILE_IN(docs, "config/docs/docs.html");
FILE_IN(demo, "config/www/demo/index.html");
FILE_IN(snippet, "config/www/demo/snippet.html");
FILE_IN(embed, "config/www/embed.js");

const struct www_file WWW_OPENAPI = {www_openapi, www_openapi_end};
const struct www_file WWW_DOCS = {www_docs, www_docs_end};
const struct www_file WWW_DEMO = {www_demo, www_demo_end};
const struct www_file WWW_SNIPPET = {www_snippet, www_snippet_end};
const struct www_file WWW_EMBED = {www_embed, www_embed_end};
