internal import BelljarKernel

/// Which of Debian's essential packages an image lacks, as far as the failure of a package's script tells. No package depends
/// on them, and all scripts may use them (Debian policy 3.8), so whoever lists packages has to list these too.
struct MissingPackage {
    /// Absolute path of the image's root.
    let root: String
    /// Names of the packages in it.
    let present: Set<String>

    /// What a script, or dpkg, said before it failed.
    ///
    /// - Returns: names of packages, each once.
    func named(in log: [String]) -> [String] {
        unique(log.flatMap { Self.programs(in: $0) }.compactMap(package))
    }

    /// A program that could not be executed, though the image has it: what it is written for is missing then.
    func needed(by path: String) -> [String] { unique([package(path)].compactMap(\.self)) }

    /// - Parameter program: its name, or its path.
    private func package(_ program: String) -> String? {
        let name = program.split(separator: "/").last.map(String.init) ?? program
        if let package = Self.packages[name] { return package }
        guard program.hasPrefix("/"), let interpreter = interpreter(of: program), interpreter != program else {
            return nil
        }
        return interpreter.split(separator: "/").last.flatMap { Self.packages[String($0)] }
    }

    private func unique(_ packages: [String]) -> [String] {
        var seen = present
        return packages.filter { seen.insert($0).inserted }
    }

    /// Bytes of a script in which its first line ends.
    private static let firstLine = 256

    /// What the first line of a script asks for: `#!/usr/bin/perl -w`.
    private func interpreter(of path: String) -> String? {
        let bytes: [UInt8]?
        do throws(KernelError) {
            let image = try Descriptor.workingDirectory.open(root, .directory)
            let file = try image.openBeneath(String(path.drop { $0 == "/" }), [.read, .nonblocking])
            bytes = try file.status().kind == .regular ? try file.readSome(atMost: Self.firstLine) : nil
        } catch { return nil }
        guard let line = bytes?.split(separator: UInt8(ascii: "\n")).first, line.starts(with: "#!".utf8) else {
            return nil
        }
        return line.dropFirst(2).split(separator: UInt8(ascii: " ")).first.map { String(decoding: $0, as: UTF8.self) }
    }

    /// What a line says was not found: of dash, of bash, of dpkg, or of programs that look up `root` in /etc/passwd.
    private static func programs(in line: String) -> [String] {
        if line.contains(": invalid user: ") || line.contains(": invalid group: ") { return ["update-passwd"] }
        let words = line.split(separator: " ").map(String.init)
        for end in [["not", "found"], ["command", "not", "found"]] where words.suffix(end.count) == end[...] {
            // `script: 31: sed: not found`
            guard let before = words.dropLast(end.count).last, before.hasSuffix(":") else { continue }
            return [String(before.dropLast())]
        }
        let mark = "dpkg: warning: '"
        guard line.hasPrefix(mark), line.contains("' not found in PATH") else { return [] }
        return [String(line.dropFirst(mark.count).prefix { $0 != "'" })]
    }

    // MARK: Debian 12's essential packages

    /// Name of a program to that of its package.
    private static let packages: [String: String] = {
        var packages: [String: String] = [:]
        for (package, programs) in programs {
            for program in programs.split(separator: " ") { packages[String(program)] = package }
        }
        return packages
    }()

    /// The programs that scripts use, and `mawk`, which Debian has for the `awk` that its base system needs.
    private static let programs = [
        "base-passwd": "update-passwd",
        "bash": "bash",
        "bsdutils": "logger renice script",
        "coreutils":
            "[ arch b2sum base32 base64 basename cat chgrp chmod chown chroot cksum comm cp csplit cut date dd df dir "
            + "dircolors dirname du echo env expand expr factor false fmt fold groups head hostid id install join link ln "
            + "logname ls md5sum mkdir mkfifo mknod mktemp mv nice nl nohup nproc numfmt od paste pathchk pr printenv printf "
            + "ptx pwd readlink realpath rm rmdir seq sha1sum sha224sum sha256sum sha384sum sha512sum shred shuf sleep sort "
            + "split stat stdbuf stty sum sync tac tail tee test timeout touch tr true truncate tsort tty uname unexpand uniq "
            + "unlink users wc who whoami yes",
        "dash": "dash sh",
        "debianutils": "add-shell remove-shell run-parts savelog tempfile update-shells which",
        "diffutils": "cmp diff diff3 sdiff",
        "dpkg":
            "dpkg dpkg-deb dpkg-divert dpkg-maintscript-helper dpkg-query dpkg-realpath dpkg-split dpkg-statoverride "
            + "dpkg-trigger start-stop-daemon update-alternatives",
        "findutils": "find xargs",
        "grep": "egrep fgrep grep rgrep",
        "gzip": "gunzip gzip zcat",
        "hostname": "domainname hostname",
        "init-system-helpers": "deb-systemd-helper deb-systemd-invoke invoke-rc.d service update-rc.d",
        "libc-bin": "getconf getent iconv ldconfig ldd locale localedef",
        "login": "login nologin",
        "mawk": "awk mawk",
        "ncurses-bin": "clear infocmp reset tic tput tset",
        "perl-base": "perl",
        "sed": "sed",
        "sysvinit-utils": "killall5 pidof",
        "tar": "tar",
        "util-linux": "flock getopt ionice ipcs lscpu mountpoint setarch setpriv setsid taskset unshare whereis",
    ]
}
