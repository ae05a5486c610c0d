#!/bin/sh
# What happened stays readable for a month after an operation ended.
set -eu
for _ in 1 2 3 4 5 6 7 8 9 10; do
  temporal operator namespace describe --namespace default >/dev/null 2>&1 && exit 0
  temporal operator namespace create --namespace default --retention 720h && exit 0
  # The server listens a moment before it can do this.
  sleep 2
done
exit 1
