#!/bin/bash
# Boots Debian's kernels in QEMU, without a virtual machine's privileges (emulated), with belljar in an initial RAM disk, and
# compares what `doctor` and `build` say there with what they have to say. docs/hosts.md explains it.
#
#     kernels.sh [CASE...]     all cases if none is named
#
# BELLJAR_BIN       folder with belljar and belljar-init; default .build/release
# BELLJAR_KERNELS   folder in which kernels are kept between runs; default /var/tmp/belljar-kernels
#
# The kernels come from the archive that this machine's apt is configured for, by lists of their own: nothing is installed.
set -euo pipefail
cd "$(dirname "$0")/.."

bin=$(realpath "${BELLJAR_BIN:-.build/release}")
kept=${BELLJAR_KERNELS:-/var/tmp/belljar-kernels}
# Seconds for one boot, doctor and build under emulation.
patience=420

# Name, suite, processor, settings (`-` for none), exit code of doctor and of build, and what both say. Trixie's kernel is 6.12.
cases() {
    cat <<'CASES'
old|bookworm|max|-|4|keeps no extended attributes of users
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

note() { echo "kernels: $*" >&2; }

need() {
    local tool missing=()
    for tool in qemu-system-x86_64 busybox apt-get dpkg-deb cpio xz ldd; do
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
uid=$(id -u) as_user=()
if [ "$uid" -eq 0 ]; then
    uid=65534
    as_user=(setpriv --reuid=65534 --regid=65534 --clear-groups)
fi

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
    [ "${#as_user[@]}" -eq 0 ] || chown -R "$uid:$uid" "$project"
    "${as_user[@]}" env -i PATH=/usr/bin:/bin HOME="$project" "$programs/belljar" toolchain import tiny https://archive.invalid/tiny.tar \
        --sha256 "$(sha256sum "$project/tiny.tar" | cut -d' ' -f1)" --file "$project/tiny.tar" --quiet \
        --project "$project" --store "$project/store" >"$work/import" 2>&1 || { note "the toolchain could not be made:"; cat "$work/import" >&2; exit 1; }
    # busybox's own knows no ids.
    add_program "$(command -v setpriv)" "$root" /programs/setpriv
    add_program "$programs/belljar" "$root" /programs/belljar
    add_program "$programs/belljar-init" "$root" /programs/belljar-init
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
    sed -i "s/UID/$uid/g" "$root/run.sh"
    chmod 0755 "$root/init" "$root/run.sh"
}

# Boots one case; its console is in $work/NAME.
boot() {
    local name=$1 suite=$2 processor=$3 setting=$4 words=
    [ "$setting" = - ] || words="setting.$setting"
    mkdir -p "$work/ram-$suite"
    if [ ! -e "$work/$suite.cpio" ]; then
        cp "$kept/$suite/overlay.ko" "$work/root/overlay.ko"
        (cd "$work/root" && find . | cpio --quiet -o -H newc) >"$work/$suite.cpio"
    fi
    timeout "$patience" qemu-system-x86_64 -accel tcg,thread=multi -cpu "$processor" -smp 2 -m 2560 -nodefaults -nographic -no-reboot \
        -serial stdio -net none -kernel "$kept/$suite/vmlinuz" -initrd "$work/$suite.cpio" \
        -append "console=ttyS0 quiet panic=-1 mitigations=off $words" >"$work/$name" 2>"$work/$name.trouble" </dev/null || true
}

code_of() { tr -d '\r' <"$work/$2" | sed -n "s/^CODE $1 //p" | tail -n 1; }

# Compares one case with what it has to be; prints its row.
judge() {
    local name=$1 wanted=$2 words=$3 text doctor build verdict=pass count
    text=$(tr -d '\r' <"$work/$name")
    doctor=$(code_of doctor "$name") build=$(code_of build "$name")
    [ "$doctor" = "$wanted" ] && [ "$build" = "$wanted" ] || verdict=FAIL
    if [ -n "$words" ]; then
        grep '^DOCTOR' <<<"$text" | grep -qF "$words" && grep '^BUILD' <<<"$text" | grep -qF "$words" || verdict=FAIL
        grep -q '^RECORDS {"records":\[\]}' <<<"$text" || verdict=FAIL
    else
        count=$(grep -o '"name":"hello"' <<<"$text" | wc -l)
        [ "$count" = 1 ] || verdict=FAIL
    fi
    printf '%-10s %-28s %7s %6s  %s\n' "$name" "$(sed -n 's/^KERNEL //p' <<<"$text" | head -n 1)" "${doctor:--}" "${build:--}" "$verdict"
    [ "$verdict" = pass ] || { tail -n 60 "$work/$name" | sed 's/^/    /'; cat "$work/$name.trouble" >&2; return 1; }
}

need
work=$(mktemp -d /var/tmp/belljar-kernels-work-XXXXXX)
trap 'rm -rf "$work"' EXIT
chmod 0755 "$work"
mkdir -p "$kept" "$work/root" "$work/programs"
# Where the user can read them, whoever built them.
cp "$bin/belljar" "$bin/belljar-init" "$work/programs/"
programs=$work/programs
make_root "$work/root"
printf '%-10s %-28s %7s %6s  %s\n' case kernel doctor build verdict
failed=0
while IFS='|' read -r name suite processor setting wanted words <&3; do
    [ $# -eq 0 ] || [[ " $* " == *" $name "* ]] || continue
    fetch "$suite"
    boot "$name" "$suite" "$processor" "$setting"
    judge "$name" "$wanted" "$words" || failed=$((failed + 1))
done 3< <(cases)
[ "$failed" -eq 0 ]
