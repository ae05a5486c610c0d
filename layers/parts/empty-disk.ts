import { type Shell, shell } from '../../remote/index.ts';

/** Commands that follow have `disk_fault DEVICE`: why it is no empty disk, in words, or nothing. Changes nothing. */
export const diskFault: Shell = shell`disk_fault() {
  [ -b "$1" ] || { echo "it has no disk $1"; return; }
  [ "$(lsblk -n -r -o NAME "$1" | wc -l)" -eq 1 ] || { echo "$1 has partitions, or is part of something"; return; }
  [ -z "$(lsblk -n -d -o MOUNTPOINT "$1")" ] || { echo "$1 is mounted"; return; }
  held=$(wipefs -n -p "$1" | sed -n '/^#/d; s/^.*,//p' | tail -n 1)
  [ -z "$held" ] || echo "$1 holds $held, which would be lost: wipefs -a $1 empties it"
}`;
