build-clang/tests/unit/test_router.o: tests/unit/test_router.c \
  server/http/router.h server/base/err.h server/base/base.h \
  server/base/err.def

server/http/router.h:

server/base/err.h:

server/base/base.h:

server/base/err.def:
