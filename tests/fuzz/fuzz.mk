# libFuzzer programs, one per fuzz_<decoder>.c.  Needs clang; included by the
# Makefile.  `make fuzz FUZZ_SECONDS=30` runs each over its corpus.
FUZZ_SECONDS ?= 30
FUZZ_NAMES := $(patsubst tests/fuzz/fuzz_%.c,%,$(wildcard tests/fuzz/fuzz_*.c))
FUZZ_SAN   := -fsanitize=address,undefined
FUZZ_BUILD := $(BUILD)-fuzz

$(FUZZ_BUILD)/tests/fuzz/fuzz_%: $(FUZZ_BUILD)/tests/fuzz/fuzz_%.o \
                                 $(FUZZ_BUILD)/libleadd.a
	$(CC) $(LDFLAGS_ALL) -fsanitize=fuzzer -o $@ $^ $(LDLIBS)

# gcc's sanitizer and clang's do not link together; the shim is not the aim
$(FUZZ_BUILD)/server/identity/phone_shim.o: server/identity/phone_shim.cc
	@mkdir -p $(@D)
	g++ $(CPPFLAGS) -std=c++17 $(OPT) -fPIE -c -o $@ $<

fuzz-build: $(FUZZ_NAMES:%=$(FUZZ_BUILD)/tests/fuzz/fuzz_%)

# the objects need coverage counters, so they are built apart, with clang
fuzz:
	$(MAKE) CC=clang BUILD=$(FUZZ_BUILD) FUZZ_BUILD=$(FUZZ_BUILD) \
	    SAN="$(FUZZ_SAN)" CFLAGS="-fsanitize=fuzzer-no-link" fuzz-build
	for f in $(FUZZ_NAMES); do \
	    mkdir -p $(FUZZ_BUILD)/corpus/$$f; \
	    $(FUZZ_BUILD)/tests/fuzz/fuzz_$$f -max_total_time=$(FUZZ_SECONDS) \
	        -timeout=5 -print_final_stats=0 $(FUZZ_BUILD)/corpus/$$f \
	        tests/fuzz/corpus/$$f || exit 1; \
	done

.PHONY: fuzz fuzz-build
