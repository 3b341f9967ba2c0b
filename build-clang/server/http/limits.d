build-clang/server/http/limits.o: server/http/limits.c \
  server/http/limits.h server/http/addr.h server/base/base.h \
  server/base/crypto.h server/base/str.h

server/http/limits.h:

server/http/addr.h:

server/base/base.h:

server/base/crypto.h:

server/base/str.h:
