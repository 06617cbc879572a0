#!/bin/sh
# An image whose /dev is a symlink: links and device nodes are made in a directory of the host.
# on: runc:v1 runc:v2 crun:v1 crun:v2
. "$(dirname "$0")/stage.sh"

mkdir "$STAGE/precious"
bundle c1
rmdir "$STAGE/bundles/c1/rootfs/dev"
ln -s "$STAGE/precious" "$STAGE/bundles/c1/rootfs/dev"
create c1
[ -n "$(ls -A "$STAGE/precious")" ] && shown "made there: $(ls "$STAGE/precious" | tr '\n' ' ')"
not_shown
