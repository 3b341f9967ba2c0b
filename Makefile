# leadd: every command.  `make help` lists them.
SHELL := /bin/bash
CC    ?= gcc
BUILD ?= build
ifeq ($(origin CC),default)
CC := gcc
endif

LIBS_PC := libmicrohttpd jansson libpq libcrypto libidn2 libcurl libcares
WARN := -Wall -Wextra -Wshadow -Wconversion -Wpointer-arith -Wstrict-prototypes \
        -Wmissing-prototypes -Wvla -Wundef -Wformat=2 -Werror
HARDEN := -fstack-protector-strong -fstack-clash-protection -fcf-protection \
          -D_FORTIFY_SOURCE=3 -fPIE
# clang 14 hides the flag; gcc with sanitizers sees a NULL format that is none
ifeq ($(findstring clang,$(CC)),)
HARDEN += -ftrivial-auto-var-init=zero $(if $(SAN),-Wno-error)
endif
OPT   ?= -O2 -g
SAN   ?=
CPPFLAGS += -D_GNU_SOURCE -Iserver -I$(BUILD)/gen -I/usr/include/postgresql
CFLAGS_ALL := -std=c17 $(OPT) $(WARN) $(HARDEN) $(SAN) -pthread $(CFLAGS)
CXXFLAGS_ALL := -std=c++17 $(OPT) -Wall -Wextra -Werror $(HARDEN) $(SAN) $(CXXFLAGS)
LDFLAGS_ALL := -pie -rdynamic -Wl,-z,relro,-z,now,-z,noexecstack -Wl,--as-needed \
               $(SAN) -pthread $(LDFLAGS)
LDLIBS := -lmicrohttpd -ljansson -lpq -lcurl -lcares -lresolv -lcrypto -lidn2 -lunistring -lpsl -lphonenumber \
          -linih -lstdc++ -lm

GEN_C := $(BUILD)/gen/migrations.c $(BUILD)/gen/default_model.c
SRC   := $(filter-out server/main.c,$(wildcard server/*/*.c))
SRCXX := $(wildcard server/*/*.cc)
OBJ   := $(SRC:%.c=$(BUILD)/%.o) $(SRCXX:%.cc=$(BUILD)/%.o) $(GEN_C:%.c=%.o)
DATA  := $(patsubst config/data/%.txt,$(BUILD)/gen/%.inc,\
                    $(wildcard config/data/*.txt))
# the test programs of some folders: $(call PROGRAMS,unit contract)
PROGRAMS = $(patsubst %.c,$(BUILD)/%,$(wildcard $(1:%=tests/%/test_*.c)))
CHECK := $(call PROGRAMS,unit contract fuzz) tests/contract/docs-fresh
TEST  := $(CHECK) $(call PROGRAMS,store api fault) tests/api/demo-form tests/api/embed \
         tests/contract/openapi-lint
ifneq ($(SAN),)
TEST := $(filter-out %/test_malloc,$(TEST))
endif
# fail the fsync and the allocations of the server under test, on demand
BAD_FSYNC := $(BUILD)/tests/fault/bad_fsync.so
BAD_MALLOC := $(BUILD)/tests/fault/bad_malloc.so
PERF  := $(patsubst tests/perf/%.c,$(BUILD)/tests/perf/%,$(wildcard tests/perf/perf_*.c))

all: $(BUILD)/leadd ## build the program (the default)

$(BUILD)/leadd: $(BUILD)/server/main.o $(BUILD)/libleadd.a
	@echo "  LD  $@"; $(CC) $(LDFLAGS_ALL) -o $@ $< $(BUILD)/libleadd.a $(LDLIBS)

$(BUILD)/libleadd.a: $(OBJ)
	@rm -f $@
	@ar rcs $@ $^

# The migrations, as C text, so that the binary needs no files beside it.
$(BUILD)/gen/migrations.c: $(wildcard sql/[0-9]*.sql) Makefile
	@mkdir -p $(@D)
	@{ echo '#include "store/migrate.h"'; \
	   echo 'const struct migration MIGRATIONS[] = {'; \
	   for f in $(sort $(wildcard sql/[0-9]*.sql)); do \
	     b=$$(basename $$f .sql); \
	     echo "{$$((10#$${b%%-*})), \"$$b\","; \
	     sed -e 's/\\/\\\\/g' -e 's/"/\\"/g' -e 's/^/"/' -e 's/$$/\\n"/' $$f; \
	     echo '},'; \
	   done; echo '{0, 0, 0}};'; } > $@

# The shipped scoring model, likewise.
$(BUILD)/gen/default_model.c: config/default-v1.json Makefile
	@mkdir -p $(@D)
	@{ echo '#include "cli/default_model.h"'; \
	   echo 'const char DEFAULT_MODEL_JSON[] ='; \
	   sed -e 's/\\/\\\\/g' -e 's/"/\\"/g' -e 's/^/"/' -e 's/$$/\\n"/' $<; \
	   echo ';'; } > $@

$(BUILD)/gen/%.o: $(BUILD)/gen/%.c
	@echo "  CC  $<"; $(CC) $(CPPFLAGS) $(CFLAGS_ALL) -MMD -MP -c -o $@ $<

$(BUILD)/%.o: %.c
	@mkdir -p $(@D)
	@echo "  CC  $<"; $(CC) $(CPPFLAGS) $(CFLAGS_ALL) -MMD -MP -c -o $@ $<

$(BUILD)/%.o: %.cc
	@mkdir -p $(@D)
	@echo "  C++ $<"; g++ $(CPPFLAGS) $(CXXFLAGS_ALL) -MMD -MP -c -o $@ $<

# word lists become one sorted run of NUL-ended texts each (mail_data.c,
# agent.c)
$(DATA): $(BUILD)/gen/%.inc: config/data/%.txt
	@mkdir -p $(@D)
	@grep -v '^#' $< | LC_ALL=C sort -u | sed 's/.*/"&\\0"/' >$@.tmp
	@mv $@.tmp $@

$(BUILD)/gen/data_versions.inc: $(wildcard config/data/*.txt)
	@mkdir -p $(@D)
	@sed -n 's/^# \(.*\)/"\1\\n"/p' $^ >$@.tmp
	@mv $@.tmp $@

$(BUILD)/server/identity/mail_data.o: $(DATA) $(BUILD)/gen/data_versions.inc
$(BUILD)/server/intake/agent.o: $(BUILD)/gen/bot_agents.inc

# www_data.c takes these in whole
$(BUILD)/server/api/www_data.o: openapi.yaml config/docs/docs.html config/www/demo/index.html \
    config/www/demo/snippet.html config/www/embed.js

# What test programs share: a private PostgreSQL, an HTTP client, openapi.yaml
# as the judge of every answer.
$(BUILD)/tests/%.o: CPPFLAGS += -Itests
TESTLIB := $(patsubst %.c,$(BUILD)/%.o,$(wildcard tests/lib/*.c tests/store/pg_fixture.c))

$(BUILD)/libtest.a: $(TESTLIB)
	@rm -f $@
	@ar rcs $@ $^

$(BUILD)/tests/%: $(BUILD)/tests/%.o $(BUILD)/libtest.a $(BUILD)/libleadd.a
	@echo "  LD  $@"; $(CC) $(LDFLAGS_ALL) -o $@ $(filter %.o,$^) $(BUILD)/libtest.a $(BUILD)/libleadd.a $(LDLIBS) -lcheck -lsubunit -lyaml -lrt -lm

$(BUILD)/tests/perf/%: $(BUILD)/tests/perf/%.o $(BUILD)/libleadd.a
	@echo "  LD  $@"; $(CC) $(LDFLAGS_ALL) -o $@ $< $(BUILD)/libleadd.a $(LDLIBS)

$(BUILD)/tests/fault/bad_%.so: tests/fault/bad_%.c
	@mkdir -p $(@D)
	@echo "  LD  $@"; $(CC) $(CPPFLAGS) -std=c17 -O2 $(WARN) -fPIC -shared -o $@ $<

# the fault matrix, one program of several files
MATRIX := $(BUILD)/tests/fault/matrix
MATRIX_SRC := $(addprefix tests/fault/,matrix.c stand.c history.c storm.c \
    proxy.c $(notdir $(wildcard tests/fault/rows_*.c)))
TEST_ENV = TEST_LEADD=$(abspath $(BUILD)/leadd) BUILD=$(BUILD) \
           TEST_BAD_FSYNC=$(abspath $(BAD_FSYNC)) \
            TEST_BAD_MALLOC=$(abspath $(BAD_MALLOC))
# the rows that every test run looks at, with few rounds
FAULT_SOME := 1,6,7,8,17,18,19,27,28,30,31,34
$(MATRIX): $(MATRIX_SRC:%.c=$(BUILD)/%.o)

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-10s %s\n", $$1, $$2}' Makefile tests/fuzz/fuzz.mk

run: ## install what is missing, build, start PostgreSQL and serve on :8080
	@config/run

unit: $(call PROGRAMS,unit) ## unit tests
	@tests/run $^

check: $(CHECK) ## unit and contract tests; needs no database
	@tests/run $^

test: ## every test, against servers of its own
	@config/install build test
	@command -v npm >/dev/null || config/install openapi
	@$(MAKE) --no-print-directory test-built

test-built: $(BUILD)/leadd $(TEST) $(BAD_FSYNC) $(BAD_MALLOC) $(MATRIX)
	@$(TEST_ENV) FAULT_ROWS=$(FAULT_SOME) FAULT_SCALE=5 tests/run $(TEST) $(MATRIX)

fault: $(BUILD)/leadd $(MATRIX) $(BAD_FSYNC) $(call PROGRAMS,unit) ## every row of the fault matrix, about ten minutes
	@$(TEST_ENV) $(MATRIX)

# an allocation cannot be refused below the sanitizer's own allocator
check-all: ## the tests under the address and undefined sanitizers
	@$(MAKE) --no-print-directory test BUILD=build-san OPT="-O1 -g" \
	    SAN="-fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer"

# leadd alone is instrumented; what it reports stays in $(RACES)
RACES := build-tsan/races
check-threads: ## the tests that serve, against a leadd under the thread sanitizer
	@config/install build test
	@$(MAKE) --no-print-directory BUILD=build-tsan OPT="-O1 -g" \
	    SAN="-fsanitize=thread -fno-omit-frame-pointer" \
	    CFLAGS="-U_FORTIFY_SOURCE" build-tsan/leadd
	@$(MAKE) --no-print-directory test-threads

test-threads: $(call PROGRAMS,api fault) $(BAD_FSYNC) $(MATRIX)
	@rm -rf $(RACES); mkdir -p $(RACES)
	@$(TEST_ENV) TEST_LEADD=$(abspath build-tsan/leadd) \
	    TSAN_OPTIONS="log_path=$(abspath $(RACES))/of exitcode=0" \
	    FAULT_ROWS=$(FAULT_SOME) FAULT_SCALE=5 \
	    tests/run $(filter-out %/test_malloc,$(call PROGRAMS,api fault)) $(MATRIX)
	@! grep -h SUMMARY $(RACES)/* 2>/dev/null

lint: ## format, rooms, headers alone, two compilers, static analysis
	@config/install build lint
	@$(MAKE) --no-print-directory lint-ready

lint-ready: $(GEN_C) $(DATA) $(BUILD)/gen/data_versions.inc $(BUILD)/gen/fuzz_names.def
	@BUILD=$(BUILD) CPPFLAGS="$(CPPFLAGS) -Itests" WARN="$(WARN)" tests/lint/all

bench: $(BUILD)/leadd $(BUILD)/tests/perf/perf_score ## the figures of the README; see tests/perf/bench
	@config/install build test run bench
	@tests/perf/bench

image: ## container image leadd, with buildah or docker
	@docker/build

clean: ## remove what was built; .local, with its data, stays
	rm -rf $(BUILD) build-san build-tsan

.DELETE_ON_ERROR:

.PHONY: bench fault all help run unit check test test-built check-all check-threads test-threads lint lint-ready \
        image clean
.SECONDARY:
-include tests/fuzz/fuzz.mk
-include $(shell find $(BUILD) -name '*.d' 2>/dev/null)
