# Bash completion of luqsim and luqtrain. It asks the programs: commands, options and values come from their --help, the
# names of bundled files from `luqsim list`.

_luqsim_help() { "$@" --help 2>/dev/null </dev/null; }

# Of a help text: subcommands, options, and what an option or a position takes ("TEXT:{wave,pe}=wave", "ARCH").
_luqsim_commands() { awk '/^Subcommands:/ { on = 1; next } /^$/ { on = 0 } on && /^  [a-z]/ { print $1 }'; }
_luqsim_options() { awk '/^  -/ { gsub(/,/, "\n", $1); print $1 }'; }
_luqsim_option_takes() {
  awk -v option="$1" '/^  -/ { n = split($1, names, ",")
    for (i = 1; i <= n; ++i) if (names[i] == option && $2 ~ /^(ENUM:.*|[A-Z]+([:=[].*)?)$/) { sub(/^ *[^ ]+ +/, ""); print }}'
}
_luqsim_position_takes() {
  awk -v wanted="$1" '/^Positionals:/ { on = 1; next } /^$/ { on = 0 }
    on && /^  [A-Z]/ { last = $1; if (n++ == wanted) exit } END { print last }'
}

# The words that may stand for what is taken; `luqsim list` has those of bundled files.
_luqsim_words_for() {
  case $1 in
    ARCH*) "$luqsim" list designs ;;
    TRACE*) "$luqsim" list traces; [[ $command == validate ]] || "$luqsim" list workloads ;;
    SWEEP*) "$luqsim" list sweeps ;;
    RECIPE*) "$luqsim" list recipes ;;
    KIND*) _luqsim_help "${path[@]}" | sed -n 's/.*KIND TEXT:{\([^}]*\)}.*/\1/p' | tr , '\n' ;;
    *:{*}*) sed 's/[^{]*{\([^}]*\)}.*/\1/' <<<"$1" | tr , '\n' ;;
    ENUM:*) sed 's/^ENUM:\([^ ,]*\(, [^ ,]*\)*\).*/\1/; s/, /\n/g' <<<"$1" ;;
  esac 2>/dev/null
}

_luqsim() {
  local current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD - 1]}
  local program=${COMP_WORDS[0]} path=("${COMP_WORDS[0]}") position=0 taken='' command='' help word i
  local luqsim=luqsim
  [[ ${program##*/} == luqsim ]] && luqsim=$program
  help=$(_luqsim_help "$program")

  # What stands before the word: commands lead to their own help, values of options do not count as positions.
  for ((i = 1; i < COMP_CWORD; ++i)); do
    word=${COMP_WORDS[i]}
    if [[ $word == -* ]]; then
      [[ -z $(_luqsim_option_takes "$word" <<<"$help") ]] || ((++i))
    elif ((position == 0)) && _luqsim_commands <<<"$help" | grep -qxF -e "$word"; then
      path+=("$word") command=$word
      help=$(_luqsim_help "${path[@]}")
    else
      ((++position))
    fi
  done

  COMPREPLY=()
  if [[ $previous == -* ]]; then taken=$(_luqsim_option_takes "$previous" <<<"$help"); fi
  if [[ -z $taken && $current == -* ]]; then
    mapfile -t COMPREPLY < <(compgen -W "$(_luqsim_options <<<"$help")" -- "$current")
    return
  fi
  local words=''
  if [[ -z $taken ]]; then
    words=$(_luqsim_commands <<<"$help")
    taken=$(_luqsim_position_takes "$position" <<<"$help")
  fi
  words+=$'\n'$(_luqsim_words_for "$taken")
  # A list, as in fprop,dgrad: the last name of it.
  local before=''
  if [[ $current == *,* ]]; then before=${current%,*},; fi
  mapfile -t COMPREPLY < <(compgen -P "$before" -W "$words" -- "${current#"$before"}"; compgen -f -- "$current")
  compopt -o filenames 2>/dev/null
  return 0
}

complete -F _luqsim luqsim luqtrain
