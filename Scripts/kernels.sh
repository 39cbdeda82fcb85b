#!/bin/bash
# Boots Debian's kernels in QEMU, without a virtual machine's privileges (emulated), with belljar in an initial RAM disk, and
# compares what `doctor` and `build` say there with what they have to say; and rebuilds there what was built here. docs/hosts.md
# explains both.
#
#     kernels.sh                       everything
#     kernels.sh CASE...               what doctor and build say
#     kernels.sh world [MACHINE...]    rebuilds; all machines if none is named
#
# BELLJAR_BIN       folder with belljar and belljar-init; default .build/release
# BELLJAR_KERNELS   folder in which kernels, and the store with what was built here, are kept between runs;
#                   default /var/tmp/belljar-kernels
# BELLJAR_RECIPES   what is rebuilt, of greeting, zlib, lua, hello, header and probes; default all
#
# The kernels come from the archive that this machine's apt is configured for, by lists of their own: nothing is installed.
set -euo pipefail
cd "$(dirname "$0")/.."
. Scripts/places.sh

bin=$(realpath "${BELLJAR_BIN:-.build/release}")
kept=${BELLJAR_KERNELS:-/var/tmp/belljar-kernels}
# Seconds for one boot, doctor and build under emulation.
patience=420
# And for all rebuilds on one machine.
long_patience=10800

# Name, suite, processor, settings (`-` for none), exit code of doctor and of build, and what both say. Trixie's kernel is 6.12.
cases() {
    cat <<'CASES'
old|bookworm|max|-|4|has no user extended attributes
6.12|trixie|max|-|0|
newest|sid|max|-|0|
yama|trixie|max|kernel/yama/ptrace_scope=3|4|kernel.yama.ptrace_scope is 3
clone|trixie|max|kernel/unprivileged_userns_clone=0|4|kernel.unprivileged_userns_clone is 0
user|sid|max|user/max_user_namespaces=0|4|user.max_user_namespaces is 0
mount|sid|max|user/max_mnt_namespaces=1|4|user.max_mnt_namespaces, which is 1
time|trixie|max|user/max_time_namespaces=0|4|user.max_time_namespaces is 0
processor|trixie|qemu64|-|4|level x86-64-v2
CASES
}

# Name, suite, processor, how many. Each processor is there with each kernel of the two but Nehalem and Haswell, which change places
# when there is one only.
machines() {
    cat <<'MACHINES'
nehalem|trixie|Nehalem|2
haswell|sid|Haswell|2
epyc|trixie|EPYC|2
epyc-newest|sid|EPYC|2
single|trixie|Haswell|1
single-newest|sid|Nehalem|1
MACHINES
}

# What is built here and rebuilt there. The last two are made by `make_project`.
read -ra recipes <<<"${BELLJAR_RECIPES:-greeting zlib lua hello header probes}"
# Outputs in which addresses are. These differ between kernels whose shared object and its data take up another number of pages (6 before
# 6.13, 8 from there on): libraries lie below it.
with_addresses=(header/all.h.gch probes/addresses.shared.txt probes/addresses.static.txt probes/addresses.static-pie.txt)

# Lines of probes that follow from the kernel or the processor, by what docs/record.md says of open channels: probe, channel, lines.
known_lines() {
    cat <<'LINES'
attributes|kernel-answers|policy .* clamps .*
proc-system|kernel-answers|errno 2|== /proc/.*
proc-self|kernel-numbers|x86_Thread_features.*|Specul.*|[0-9]+:.*:/|unconfined|/|errno 2
sysconf|cpuid|(18[5-9]|19[0-9]|249) [0-9]+
LINES
}

note() { echo "kernels: $*" >&2; }

need() {
    local tool missing=()
    for tool in qemu-system-x86_64 busybox apt-get dpkg-deb cpio tar xz ldd; do
        command -v "$tool" >/dev/null || missing+=("$tool")
    done
    [ "${#missing[@]}" -eq 0 ] || { note "missing: ${missing[*]} (Scripts/setup.sh kernels)"; exit 2; }
    [ -x "$bin/belljar" ] && [ -x "$bin/belljar-init" ] || { note "there is no belljar in $bin: make build"; exit 2; }
}

# apt with lists of its own: the configured archive, another suite.
private_apt() {
    local suite=$1 root=$kept/apt/$1
    shift
    "$@" -o Dir::Etc::sourcelist="$root/sources.list" -o Dir::Etc::sourceparts="$root/none" -o Dir::Etc::preferences="$root/none/none" \
        -o Dir::Etc::preferencesparts="$root/none" -o Dir::State="$root/state" -o Dir::State::status=/dev/null \
        -o Dir::Cache="$root/cache" -o Acquire::Languages=none
}

# The kernel of a suite, in $kept/SUITE: vmlinuz and overlay.ko.
fetch() {
    local suite=$1 folder=$kept/$1 root=$kept/apt/$1 site package part parts module
    [ ! -e "$folder/overlay.ko" ] || return 0
    note "fetching the kernel of $suite"
    site=$(apt-get indextargets --format '$(SITE)|$(LABEL)' | grep '|Debian$' | cut -d'|' -f1 | sort -u | head -n 1)
    [ -n "$site" ] || { note "apt of this machine names no archive with Debian's label: apt-get update"; exit 2; }
    rm -rf "$root" "$folder.new"
    mkdir -p "$root/state/lists/partial" "$root/cache/archives/partial" "$root/none" "$folder.new/package"
    chmod -R a+rX "$kept/apt"
    echo "deb [arch=amd64 signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $site $suite main" >"$root/sources.list"
    private_apt "$suite" apt-get -qq update
    package=$(private_apt "$suite" apt-cache depends linux-image-cloud-amd64 | sed -n 's/.*Depends: \(linux-image-[^ ]*\)$/\1/p' | head -n 1)
    [ -n "$package" ] || { note "$suite has no linux-image-cloud-amd64"; exit 2; }
    # Later ones are split in parts.
    mapfile -t parts < <(private_apt "$suite" apt-cache depends "$package" | sed -nE 's/.*Depends: (linux-(binary|modules)-[^ ]*)$/\1/p')
    (cd "$folder.new" && private_apt "$suite" apt-get -qq -o APT::Sandbox::User=root download "$package" "${parts[@]}")
    for part in "$folder.new"/*.deb; do dpkg-deb --extract "$part" "$folder.new/package"; done
    cp "$(find "$folder.new/package" -name 'vmlinuz*' -type f | head -n 1)" "$folder.new/vmlinuz"
    module=$(find "$folder.new/package" -name 'overlay.ko*' | head -n 1)
    case $module in
    *.xz) xz -dc "$module" >"$folder.new/overlay.ko" ;;
    *) cp "$module" "$folder.new/overlay.ko" ;;
    esac
    rm -rf "$folder.new/package" "$folder.new"/*.deb
    rm -rf "$folder"
    mv "$folder.new" "$folder"
}

# Copies a program with the libraries that it loads.
add_program() {
    local program=$1 root=$2 library
    install -D -m 0755 "$program" "$root$3"
    { ldd "$program" 2>/dev/null || true; } | sed -nE 's/.*(=> |^\s*)(\/[^ ]+) \(.*/\2/p' | while read -r library; do
        [ -e "$root$library" ] || install -D -m 0755 "$(realpath "$library")" "$root$library"
    done
}

# As the user of the virtual machine, who owns the store there too.
if [ "$is_root" = yes ]; then uid=$ordinary_uid; else uid=$(id -u); fi

make_root() {
    local root=$1 project=$1/project applet
    mkdir -p "$root"/{bin,proc,sys,dev,tmp,etc,new,project/Recipes/hello,project/Toolchains}
    chmod 1777 "$root/tmp"
    cp "$(command -v busybox)" "$root/bin/busybox"
    for applet in $(busybox --list); do [ "$applet" = busybox ] || ln -s busybox "$root/bin/$applet"; done
    printf 'root:x:0:0::/:/bin/sh\nuser:x:%s:%s::/project:/bin/sh\n' "$uid" "$uid" >"$root/etc/passwd"
    printf 'root:x:0:\nuser:x:%s:\n' "$uid" >"$root/etc/group"
    printf 'name: hello\nversion: "1"\ntoolchain: tiny\nepoch: 1700000000\nsteps:\n  - name: build\n    run: echo hello > $OUT/a\noutputs: [a]\n' \
        >"$project/Recipes/hello/recipe.yaml"
    mkdir -p "$work/tiny/bin"
    cp "$(command -v busybox)" "$work/tiny/bin/busybox"
    for applet in sh echo; do ln -s busybox "$work/tiny/bin/$applet"; done
    tar -c -C "$work/tiny" --sort=name --owner=0 --group=0 --numeric-owner --mtime=@0 -f "$project/tiny.tar" .
    give_ordinary "$project"
    "${ordinary[@]}" env -i PATH=/usr/bin:/bin HOME="$project" "$programs/belljar" toolchain import tiny https://archive.invalid/tiny.tar \
        --sha256 "$(sha256sum "$project/tiny.tar" | cut -d' ' -f1)" --file "$project/tiny.tar" --quiet \
        --project "$project" --store "$project/store" >"$work/import" 2>&1 || { note "the toolchain could not be made:"; cat "$work/import" >&2; exit 1; }
    # busybox's own knows no ids.
    add_program "$(command -v setpriv)" "$root" /programs/setpriv
    add_program "$programs/belljar" "$root" /programs/belljar
    add_program "$programs/belljar-init" "$root" /programs/belljar-init
    add_program "$(command -v tar)" "$root" /programs/tar
    cat >"$root/init" <<'INIT'
#!/bin/sh
# The first root of a kernel cannot be exchanged (pivot_root(2)), so everything moves to another one.
PATH=/bin
mount -t proc proc /proc
mount -t tmpfs -o mode=0755,size=90% tmpfs /new
cp /proc/cmdline /new/cmdline
for part in /*; do case $part in /init | /new | /proc) ;; *) mv "$part" /new/ ;; esac; done
export PATH=/new/bin
mkdir /new/proc
umount /proc
exec switch_root /new /run.sh
INIT
    cat >"$root/run.sh" <<'RUN'
#!/bin/sh
export PATH=/bin
mount -t proc proc /proc
mount -t sysfs sysfs /sys
mount -t devtmpfs devtmpfs /dev
chmod 0666 /dev/null /dev/zero /dev/full /dev/random /dev/urandom /dev/tty
chmod 1777 /tmp
insmod /overlay.ko
echo
echo "KERNEL $(uname -r)"
for word in $(cat /proc/cmdline); do
    case $word in
    setting.*)
        word=${word#setting.}
        echo "${word##*=}" >"/proc/sys/${word%=*}" || echo "KERNEL has no setting ${word%=*}"
        ;;
    esac
done
if grep -q ' world' /proc/cmdline; then exec sh /world.sh; fi
as_user() { cd /project && /programs/setpriv --reuid=UID --regid=UID --clear-groups env -i PATH=/bin HOME=/project NO_COLOR=1 "$@" 2>&1; }
as_user /programs/belljar doctor --project /project --store /project/store | sed 's/^/DOCTOR /'
# The code of the last one in a pipe is sed's.
as_user /programs/belljar doctor --project /project --store /project/store >/dev/null
echo "CODE doctor $?"
as_user /programs/belljar build hello --project /project --store /project/store >/tmp/build
code=$?
sed 's/^/BUILD /' /tmp/build
echo "CODE build $code"
as_user /programs/belljar records --json --project /project --store /project/store | sed 's/^/RECORDS /'
echo "END"
sync
reboot -f
RUN
    cat >"$root/world.sh" <<'WORLD'
# What was built on the host is rebuilt here.
as_user() { cd /world && /programs/setpriv --reuid=UID --regid=UID --clear-groups env -i PATH=/bin HOME=/world NO_COLOR=1 "$@" 2>&1; }
echo "PAGES $(pages_of_shared_object)"
mkdir /world
mount -t tmpfs -o mode=0755,size=85% tmpfs /world
mkdir /world/store /world/Recipes
# busybox's forgets the times of folders.
/programs/tar -x -f /store.tar -C /world/store
rm /store.tar
chown UID:UID /world /world/store
blob() { find /world/store/blobs -name "*$(echo "${1#sha256:}" | cut -c3-)"; }
while read -r name record; do
    as_user /programs/belljar rebuild "$record" --quiet --project /world --store /world/store >/tmp/answer
    echo "CODE $name $?"
    sed "s/^/REBUILD $name /" /tmp/answer
    while read -r word mode digest; do
        case $word in
        expected) expected=$digest ;;
        found)
            # Programs are not to be read on a console.
            [ -n "$expected" ] && diff "$(blob "$expected")" "$(blob "$digest")" | head -n 400 | tr -cd '\t\n -~' | cut -c 1-200 | sed "s/^/DIFFERENCE $name $path /"
            ;;
        *) path=$mode expected= ;;
        esac
    done </tmp/answer
    echo "TIME $name $(cut -d' ' -f1 /proc/uptime)"
done </records
echo "END"
sync
reboot -f
WORLD
    { declare -f pages_of_shared_object; cat "$root/world.sh"; } >"$root/world.new"
    mv "$root/world.new" "$root/world.sh"
    sed -i "s/UID/$uid/g" "$root/run.sh" "$root/world.sh"
    chmod 0755 "$root/init" "$root/run.sh"
}

# How much the kernel's shared object takes up, with its data.
pages_of_shared_object() {
    local sum=0 range rest
    while read -r range rest; do
        case $rest in
        *'[vvar'* | *'[vdso]'*) sum=$((sum + (0x${range#*-} - 0x${range%-*}) / 4096)) ;;
        esac
    done </proc/self/maps
    echo "$sum"
}

# The RAM disk with a kernel's module, $work/SUITE.cpio.
make_disk() {
    local suite=$1
    [ ! -e "$work/$suite.cpio" ] || return 0
    cp "$kept/$suite/overlay.ko" "$work/root/overlay.ko"
    (cd "$work/root" && find . | cpio --quiet -o -H newc) >"$work/$suite.cpio"
}

# Boots a machine; its console is in $work/NAME. Rest: further arguments of QEMU.
boot() {
    local name=$1 suite=$2 seconds=$3 words=$4
    shift 4
    # The kernel counts ticks of its timer when it begins, and panics on a busy host without them.
    timeout "$seconds" qemu-system-x86_64 -accel tcg,thread=multi -nodefaults -nographic -no-reboot -serial stdio -net none \
        -kernel "$kept/$suite/vmlinuz" -append "console=ttyS0 quiet panic=-1 mitigations=off no_timer_check $words" "$@" \
        >"$work/$name" 2>"$work/$name.trouble" </dev/null || true
}

code_of() { tr -d '\r' <"$work/$2" | sed -n "s/^CODE $1 //p" | tail -n 1; }

# Compares one case with what it has to be; prints its row.
judge() {
    local name=$1 wanted=$2 words=$3 text doctor build verdict=pass count
    text=$(tr -d '\r' <"$work/$name")
    doctor=$(code_of doctor "$name") build=$(code_of build "$name")
    [ "$doctor" = "$wanted" ] && [ "$build" = "$wanted" ] || verdict=FAIL
    if [ -n "$words" ]; then
        # No pipe into grep -q, which may end before the other one has written everything.
        [[ $(grep '^DOCTOR' <<<"$text") == *"$words"* && $(grep '^BUILD' <<<"$text") == *"$words"* ]] || verdict=FAIL
        grep -q '^RECORDS {"records":\[\]}' <<<"$text" || verdict=FAIL
    else
        count=$(grep -o '"name":"hello"' <<<"$text" | wc -l)
        [ "$count" = 1 ] || verdict=FAIL
    fi
    printf '%-10s %-28s %7s %6s  %s\n' "$name" "$(sed -n 's/^KERNEL //p' <<<"$text" | head -n 1)" "${doctor:--}" "${build:--}" "$verdict"
    [ "$verdict" = pass ] || { tail -n 60 "$work/$name" | sed 's/^/    /'; cat "$work/$name.trouble" >&2; return 1; }
}

# ---- What was built here, elsewhere ----------------------------------------------------------------------------------

# A project with the recipes. The probes of the C group are compiled here, so that a machine there only has to run them.
make_project() {
    local project=$1 group=Tests/Fixtures/Probes/c name
    mkdir -p "$project/Recipes"/{programs,probes/names,header}
    cp -r Toolchains "$project/"
    for name in greeting zlib lua hello; do cp -r "Recipes/$name" "$project/Recipes/"; done
    for name in programs probes; do cp -rL "$group"/{sources,run.sh,probe.sh} "$project/Recipes/$name/"; done
    printf 'probe() { :; }\nopen_probe() { :; }\n' >"$project/Recipes/programs/probe.sh"
    (cd "$project/Recipes/probes/names" && seq -f 'name-%05g' 499 | xargs touch && echo seed >seed)
    cat >"$project/Recipes/programs/recipe.yaml" <<'RECIPE'
name: programs
version: "1"
toolchain: debian-12-c
epoch: 1700000000
sources:
  - {local: sources, into: sources}
  - local: run.sh
  - local: probe.sh
steps:
  - name: compile
    run: |
      sh -eu run.sh
      # One of them cannot be read.
      chmod -R u+rwX programs
      cp -r programs "$OUT/"
outputs: [programs]
RECIPE
    cat >"$project/Recipes/probes/recipe.yaml" <<'RECIPE'
name: probes
version: "1"
toolchain: debian-12-c
epoch: 1700000000
sources:
  - {local: sources, into: sources}
  - {local: programs, into: programs}
  - {local: names, into: names}
  - local: run.sh
  - local: probe.sh
environment:
  PROBE_LIMIT: "900"
steps:
  - name: probes
    run: sh -eu run.sh
outputs: [.]
limits:
  timeout: 3h
RECIPE
    # A precompiled header holds addresses of the compiler that made it.
    cat >"$project/Recipes/header/recipe.yaml" <<'RECIPE'
name: header
version: "1"
toolchain: debian-12-c
epoch: 1700000000
steps:
  - name: compile
    run: |
      printf '#include <stdio.h>\n#include <stdlib.h>\n#include <string.h>\n' >all.h
      gcc -O1 -o "$OUT/all.h.gch" all.h
outputs: [all.h.gch]
RECIPE
}

# belljar as the user, on this host.
belljar() { "${ordinary[@]}" env -i PATH=/usr/bin:/bin HOME="$work/home" NO_COLOR=1 "$programs/belljar" "$@" --project "$work/project" --store "$kept/store"; }

# Builds everything here; leaves $work/world.cpio with the store, and `records` with names and digests.
build_here() {
    local name record
    mkdir -p "$work/home" "$work/out" "$work/disk" "$kept/store"
    make_project "$work/project"
    give_ordinary "$work/home" "$work/out" "$work/project" "$kept/store"
    note "building here"
    belljar toolchain build debian-12-c --quiet >"$work/here"
    belljar build programs --quiet --output "$work/out" >"$work/here"
    cp -r "$work/out/programs/programs" "$work/project/Recipes/probes/"
    give_ordinary "$work/project"
    for name in "${recipes[@]}"; do
        record=$(belljar build "$name" --quiet --no-cache | sed -n 's/.* record //p')
        echo "$name $record" >>"$work/disk/records"
    done
    tar -c -C "$kept/store" -f "$work/disk/store.tar" .
    (cd "$work/disk" && printf 'records\nstore.tar\n' | cpio --quiet -o -H newc) >"$work/world.cpio"
    rm "$work/disk/store.tar"
}

# Whether an output may differ, with that many pages there. Reads the lines in which it does.
is_open() {
    local probe channel lines found
    [[ $1 != probes/open/* ]] || return 0
    if [[ " ${with_addresses[*]} " == *" $1 "* ]]; then [ "$2" != "$(pages_of_shared_object)" ] && return 0; fi
    found=$(grep -aE '^[-+]' | grep -avE '^(---|\+\+\+) /world/store/' || true)
    while IFS='|' read -r probe channel lines <&4; do
        [[ $1 == probes/$probe.* && -n $found ]] || continue
        grep -qavE "^.($lines)\$" <<<"$found" || return 0
    done 4< <(known_lines)
    return 1
}

# Prints a machine's rows.
judge_machine() {
    local name=$1 text kernel recipe code pages paths known path verdict failed=0 seconds before=0
    text=$(tr -d '\r' <"$work/$name")
    kernel=$(sed -n 's/^KERNEL //p' <<<"$text" | head -n 1)
    pages=$(sed -n 's/^PAGES //p' <<<"$text")
    for recipe in "${recipes[@]}"; do
        code=$(code_of "$recipe" "$name")
        seconds=$(sed -n "s/^TIME $recipe //p" <<<"$text" | cut -d. -f1)
        paths=() known=()
        while read -r path; do
            if is_open "$recipe/$path" "$pages" < <(sed -n "s|^DIFFERENCE $recipe $path ||p" <<<"$text"); then known+=("$path"); else paths+=("$path"); fi
        done < <(sed -nE "s/^REBUILD $recipe   (changed|missing|extra) +//p" <<<"$text")
        case ${code:--} in
        0) verdict=identical ;;
        3) verdict="as expected, these differ: ${known[*]}" ;;
        *) verdict="NO RESULT, exit code ${code:--}" failed=1 ;;
        esac
        [ "${#paths[@]}" -eq 0 ] || { verdict="DIFFERENT: ${paths[*]}; as expected: ${known[*]:-nothing}" failed=1; }
        printf '%-14s %-28s %-10s %6s  %s\n' "$name" "${kernel:--}" "$recipe" "$((${seconds:-$before} - before))" "$verdict"
        before=${seconds:-$before}
        [[ $verdict != [DN]* ]] || grep "^\(REBUILD\|DIFFERENCE\) $recipe " <<<"$text" | head -n 80 | sed 's/^/    /' || true
    done
    [ "$failed" -ne 0 ] || return 0
    [ "${code:-}" != "" ] || tail -n 20 "$work/$name" | sed 's/^/    /'
    cat "$work/$name.trouble" >&2
    return 1
}

compare_worlds() {
    local name suite processor count failed=0
    build_here
    printf '%-14s %-28s %-10s %6s  %s\n' machine kernel recipe time verdict
    while IFS='|' read -r name suite processor count <&3; do
        [ $# -eq 0 ] || [[ " $* " == *" $name "* ]] || continue
        fetch "$suite"
        make_disk "$suite"
        # A RAM disk may have several parts.
        cat "$work/$suite.cpio" "$work/world.cpio" >"$work/both.cpio"
        boot "$name" "$suite" "$long_patience" world -cpu "$processor" -smp "$count" -m 3584 -initrd "$work/both.cpio"
        judge_machine "$name" || failed=$((failed + 1))
    done 3< <(machines)
    [ "$failed" -eq 0 ]
}

# The whole file is read before anything begins: it may be edited during the hours that this takes.
main() {
    local failed=0 name suite processor setting wanted words
    need
    work=$(mktemp -d /var/tmp/belljar-kernels-work-XXXXXX)
    trap 'rm -rf "$work"' EXIT
    chmod 0755 "$work"
    mkdir -p "$kept" "$work/root" "$work/programs"
    # Where the user can read them, whoever built them.
    cp "$bin/belljar" "$bin/belljar-init" "$work/programs/"
    programs=$work/programs
    make_root "$work/root"
    if [ "${1:-}" = world ]; then
        shift
        compare_worlds "$@"
        return
    fi
    printf '%-10s %-28s %7s %6s  %s\n' case kernel doctor build verdict
    while IFS='|' read -r name suite processor setting wanted words <&3; do
        [ $# -eq 0 ] || [[ " $* " == *" $name "* ]] || continue
        fetch "$suite"
        make_disk "$suite"
        boot "$name" "$suite" "$patience" "$([ "$setting" = - ] || echo "setting.$setting")" -cpu "$processor" -smp 2 -m 2560 \
            -initrd "$work/$suite.cpio"
        judge "$name" "$wanted" "$words" || failed=$((failed + 1))
    done 3< <(cases)
    # Not as part of a condition, in which errors do not end a function.
    if [ $# -eq 0 ]; then compare_worlds; fi
    [ "$failed" -eq 0 ]
}

{
    main "$@"
    exit
}
