# leadd: every command.  `make help` lists them.
SHELL := /bin/bash
CC    ?= gcc
BUILD ?= build
ifeq ($(origin CC),default)
CC := gcc
endif

LIBS_PC := libmicrohttpd jansson libpq libcrypto libidn2 libcurl
WARN := -Wall -Wextra -Wshadow -Wconversion -Wpointer-arith -Wstrict-prototypes \
        -Wmissing-prototypes -Wvla -Wundef -Wformat=2 -Werror
HARDEN := -fstack-protector-strong -fstack-clash-protection -fcf-protection \
          -D_FORTIFY_SOURCE=2 -fPIE
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
LDLIBS := -lmicrohttpd -ljansson -lpq -lcrypto -lidn2 -lunistring -lpsl -lphonenumber \
          -linih -lstdc++ -lm

GEN_C := $(BUILD)/gen/migrations.c
SRC   := $(filter-out server/main.c,$(wildcard server/*/*.c))
SRCXX := $(wildcard server/*/*.cc)
OBJ   := $(SRC:%.c=$(BUILD)/%.o) $(SRCXX:%.cc=$(BUILD)/%.o) $(GEN_C:%.c=%.o)
DATA  := $(patsubst config/data/%.txt,$(BUILD)/gen/%.inc,\
                    $(wildcard config/data/mail_*.txt))
UNIT  := $(patsubst tests/unit/%.c,$(BUILD)/tests/unit/%,$(wildcard tests/unit/test_*.c))
STORE_T := $(patsubst tests/store/%.c,$(BUILD)/tests/store/%,$(wildcard tests/store/test_*.c))
API_T := $(patsubst tests/api/%.c,$(BUILD)/tests/api/%,$(wildcard tests/api/test_*.c))
PERF  := $(patsubst tests/perf/%.c,$(BUILD)/tests/perf/%,$(wildcard tests/perf/perf_*.c))

all: $(BUILD)/leadd

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

$(BUILD)/gen/%.o: $(BUILD)/gen/%.c
	@echo "  CC  $<"; $(CC) $(CPPFLAGS) $(CFLAGS_ALL) -MMD -MP -c -o $@ $<

$(BUILD)/%.o: %.c
	@mkdir -p $(@D)
	@echo "  CC  $<"; $(CC) $(CPPFLAGS) $(CFLAGS_ALL) -MMD -MP -c -o $@ $<

$(BUILD)/%.o: %.cc
	@mkdir -p $(@D)
	@echo "  C++ $<"; g++ $(CPPFLAGS) $(CXXFLAGS_ALL) -MMD -MP -c -o $@ $<

# word lists become one sorted run of NUL-ended texts each (mail_data.c)
$(BUILD)/gen/mail_%.inc: config/data/mail_%.txt
	@mkdir -p $(@D)
	@grep -v '^#' $< | LC_ALL=C sort -u | sed 's/.*/"&\\0"/' >$@.tmp
	@mv $@.tmp $@

$(BUILD)/gen/data_versions.inc: $(wildcard config/data/mail_*.txt)
	@mkdir -p $(@D)
	@sed -n 's/^# \(.*\)/"\1\\n"/p' $^ >$@.tmp
	@mv $@.tmp $@

$(BUILD)/server/identity/mail_data.o: $(DATA) $(BUILD)/gen/data_versions.inc

$(BUILD)/tests/unit/%: $(BUILD)/tests/unit/%.o $(BUILD)/libleadd.a
	@echo "  LD  $@"; $(CC) $(LDFLAGS_ALL) -o $@ $< $(BUILD)/libleadd.a $(LDLIBS) -lcheck -lsubunit -lrt -lm

$(BUILD)/tests/perf/%: $(BUILD)/tests/perf/%.o $(BUILD)/libleadd.a
	@echo "  LD  $@"; $(CC) $(LDFLAGS_ALL) -o $@ $< $(BUILD)/libleadd.a $(LDLIBS)

# each starts a PostgreSQL of its own (tests/store/pg_fixture.h)
$(BUILD)/tests/store/test_%: $(BUILD)/tests/store/test_%.o $(BUILD)/tests/store/pg_fixture.o $(BUILD)/libleadd.a
	@echo "  LD  $@"; $(CC) $(LDFLAGS_ALL) -o $@ $(filter %.o,$^) $(BUILD)/libleadd.a $(LDLIBS) -lcheck -lsubunit -lrt -lm

$(BUILD)/tests/api/test_%: $(BUILD)/tests/api/test_%.o $(BUILD)/tests/store/pg_fixture.o $(BUILD)/libleadd.a
	@echo "  LD  $@"; $(CC) $(LDFLAGS_ALL) -o $@ $(filter %.o,$^) $(BUILD)/libleadd.a $(LDLIBS) -lcheck -lsubunit -lrt -lm

unit: $(UNIT)
	@for t in $(UNIT); do $$t || exit 1; done

store-tests: $(STORE_T)
	@for t in $(STORE_T); do $$t || exit 1; done

api-tests: $(API_T)
	@for t in $(API_T); do $$t || exit 1; done

clean:
	rm -rf $(BUILD)

.PHONY: all unit store-tests api-tests clean
.SECONDARY:
-include tests/fuzz/fuzz.mk
-include $(shell find $(BUILD) -name '*.d' 2>/dev/null)
