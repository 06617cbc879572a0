#!/bin/sh
# An image whose /etc/passwd is a fifo: `create` hangs.
# on: runc:v1 runc:v2 crun:v1 crun:v2
. "$(dirname "$0")/stage.sh"

bundle c1
mkdir "$STAGE/bundles/c1/rootfs/etc"
mkfifo "$STAGE/bundles/c1/rootfs/etc/passwd" "$STAGE/bundles/c1/rootfs/etc/group"
create c1
[ "$code" = 124 ] && shown "no answer in 15 s"
not_shown
