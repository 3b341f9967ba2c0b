build-tsan/server/metrics/metrics.o: server/metrics/metrics.c \
 server/metrics/metrics.h server/base/buf.h server/base/err.h \
 server/base/base.h server/base/err.def server/metrics/metrics.def
server/metrics/metrics.h:
server/base/buf.h:
server/base/err.h:
server/base/base.h:
server/base/err.def:
server/metrics/metrics.def:
