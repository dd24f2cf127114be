#!/bin/sh
# man_page.sh HELP2MAN PROGRAM COMMAND VERSION FILE: the page of a command ("" for the program itself) from its --help,
# whose first line says what it does.
set -eu
help2man=$1 program=$2 command=$3 version=$4 file=$5
name=$("$program" $command --help | head -1)
"$help2man" --no-info --name "$name" --version-string "$version" --output "$file" "$program${command:+ $command}"
