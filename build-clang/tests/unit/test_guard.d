build-clang/tests/unit/test_guard.o: tests/unit/test_guard.c \
  server/base/crypto.h server/base/base.h server/http/guard.h \
  server/base/err.h server/base/err.def

server/base/crypto.h:

server/base/base.h:

server/http/guard.h:

server/base/err.h:

server/base/err.def:
