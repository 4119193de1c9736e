# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Recognise kernel splats.  To be sourced.  After load_splats, is_splat LINE
# decides on one line of console output.

# A kernel line starts with its time stamp; lines of programs do not count.
# shellcheck disable=SC2034 # for those who source this
kernel_stamp='^\[ *[0-9]+\.[0-9]+\](\[ *[TC][0-9]+\])? '

# load_splats [DENY [ALLOW]]: sets deny_re and allow_re; complains and fails
# about a bad or expired entry.
load_splats() {
	local dir file line reason='' expires='' today

	dir=$(dirname "${BASH_SOURCE[0]}")
	deny_re=$(grep -v -e '^#' -e '^$' "${1:-$dir/splats.deny}" | paste -sd'|')
	file=${2:-$dir/splats.allow}
	allow_re=
	printf -v today '%(%Y-%m-%d)T' -1
	while IFS= read -r line; do
		case $line in
		'# reason: '?*) reason=$line ;;
		'# expires: '[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]) expires=${line#*: } ;;
		'#'* | '') ;;
		*)
			if [ -z "$reason" ] || [ -z "$expires" ]; then
				echo "${file##*/}: '$line' has no reason or no expiry date" >&2
				return 1
			fi
			if [[ $expires < $today ]]; then
				echo "${file##*/}: '$line' expired on $expires: fix the cause or renew it" >&2
				return 1
			fi
			allow_re+=${allow_re:+|}$line
			reason='' expires=''
			;;
		esac
	done < "$file"
}

is_splat() {
	[[ $1 =~ $kernel_stamp ]] && [[ $1 =~ $deny_re ]] || return 1
	[ -z "$allow_re" ] || ! [[ $1 =~ $allow_re ]]
}
