# The fuzzers, one per fuzz_<decoder>.c: with libFuzzer (`make fuzz`, needs
# clang), and over their corpora as a test.  Included by the Makefile.
SECONDS ?= 30
FUZZ_NAMES := $(patsubst tests/fuzz/fuzz_%.c,%,$(wildcard tests/fuzz/fuzz_*.c))
FUZZ  ?= $(FUZZ_NAMES)
FUZZ_SAN   := -fsanitize=address,undefined
FUZZ_BUILD := $(BUILD)-fuzz

# ---- the corpora, as a test: all fuzzers in one program

$(BUILD)/gen/fuzz_names.def: $(wildcard tests/fuzz/fuzz_*.c)
	@mkdir -p $(@D)
	@printf 'FUZZ(%s)\n' $(FUZZ_NAMES) >$@

$(BUILD)/tests/fuzz/entry_%.o: tests/fuzz/fuzz_%.c
	@mkdir -p $(@D)
	@echo "  CC  $<"; $(CC) $(CPPFLAGS) $(CFLAGS_ALL) -DLLVMFuzzerTestOneInput=fuzz_$* -MMD -MP -c -o $@ $<

$(BUILD)/tests/fuzz/test_corpus.o: $(BUILD)/gen/fuzz_names.def

$(BUILD)/tests/fuzz/test_corpus: $(BUILD)/tests/fuzz/test_corpus.o \
        $(FUZZ_NAMES:%=$(BUILD)/tests/fuzz/entry_%.o) $(BUILD)/libleadd.a
	@echo "  LD  $@"; $(CC) $(LDFLAGS_ALL) -o $@ $^ $(LDLIBS) -lcheck -lsubunit -lrt -lm

# ---- with libFuzzer

$(FUZZ_BUILD)/tests/fuzz/fuzz_%: $(FUZZ_BUILD)/tests/fuzz/fuzz_%.o \
                                 $(FUZZ_BUILD)/libleadd.a
	@echo "  LD  $@"; $(CC) $(LDFLAGS_ALL) -fsanitize=fuzzer -o $@ $^ $(LDLIBS)

# gcc's sanitizer and clang's do not link together; the shim is not the aim
$(FUZZ_BUILD)/server/%.o: server/%.cc
	@mkdir -p $(@D)
	g++ $(CPPFLAGS) -std=c++17 $(OPT) -fPIE -c -o $@ $<

fuzz-build: $(FUZZ:%=$(FUZZ_BUILD)/tests/fuzz/fuzz_%)

# the objects need coverage counters, so they are built apart, with clang
fuzz: ## each fuzzer for SECONDS=30; FUZZ="json csv" for some only
	$(MAKE) CC=clang BUILD=$(FUZZ_BUILD) FUZZ_BUILD=$(FUZZ_BUILD) \
	    SAN="$(FUZZ_SAN)" CFLAGS="-fsanitize=fuzzer-no-link" fuzz-build
	@for f in $(FUZZ); do \
	    tests/fuzz/run $(FUZZ_BUILD) $$f $(SECONDS) || exit 1; \
	done

.PHONY: fuzz fuzz-build
