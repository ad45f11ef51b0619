# What zsh makes of a command line when Tab is pressed: `complete.zsh ROOT LINE` prints the line between `<` and `>`. ROOT is the
# folder of the packages, and the script of lockgate is `_lockgate` in the working directory.
module_path=($1/usr/lib/*/zsh/*(N))
zmodload zsh/zpty || exit 3
zpty z "$ZSH_PROGRAM -f -i"
zpty -w z "
module_path=($module_path)
fpath=($PWD $1/usr/share/zsh/functions/**/*(/N))
PROMPT= RPROMPT= ZLE_RPROMPT_INDENT=0
autoload -U compinit
compinit -u -D
shown() { print -r -- \"<\$BUFFER>\" }
zle -N shown
bindkey '^I' complete-word
bindkey '^X' shown
print ready
"
zpty -r -m z output $'*\nready*' || exit 4
zpty -w -n z "$2"$'\t\x18'
zpty -r -m z output '*<*>*' || exit 5
print -r -- "<${${output##*<}%%>*}>"
