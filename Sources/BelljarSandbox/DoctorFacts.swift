internal import BelljarKernel

/// What can be read off the host without trying anything out.
enum DoctorFacts {
    /// The first whose tmpfs keeps extended attributes of users, without which a build would fail in its middle.
    private static let oldestKernel = (6, 6)

    static func kernel() -> HostFeature {
        do {
            let release = try Host.kernel().release
            return kernel(release)
        } catch {
            return HostFeature(name: "kernel", state: .missing, finding: "\(error)", remedy: nil)
        }
    }

    /// - Parameter release: `6.1.0-18-amd64`
    static func kernel(_ release: String) -> HostFeature {
        let numbers = release.split { !$0.isASCII || !$0.isNumber }.prefix(2).map { Int($0) ?? 0 }
        let isNew = numbers.count == 2 && (numbers[0], numbers[1]) >= oldestKernel
        return HostFeature(
            name: "kernel", state: isNew ? .available : .missing, finding: release,
            remedy: isNew ? nil : "use kernel \(oldestKernel.0).\(oldestKernel.1) or later")
    }

    /// Everything else is found, started or mounted by it.
    static func proc() -> HostFeature {
        let fault = Host.procFault
        return HostFeature(
            name: "host-proc", state: fault == nil ? .available : .missing, finding: fault ?? "mounted on /proc",
            remedy: fault == nil ? nil : "mount it: mount -t proc proc /proc; a chroot needs its own")
    }

    static func processor(missing: [String] = Processor.missing) -> HostFeature {
        HostFeature(
            name: "processor", state: missing.isEmpty ? .available : .missing,
            finding: missing.isEmpty ? Processor.level : "lacks " + missing.joined(separator: ", "),
            remedy: missing.isEmpty
                ? nil
                : "build on a processor of the level \(Processor.level); in a virtual machine, pass the host's processor through (qemu: -cpu host)"
        )
    }

    /// System calls are known by number, so the filters exist for one architecture.
    static func architecture() -> HostFeature {
        let machine = (try? Host.kernel().machine) ?? "unknown"
        let isKnown = machine == "x86_64"
        return HostFeature(
            name: "architecture", state: isKnown ? .available : .missing, finding: machine,
            remedy: isKnown ? nil : "run on x86_64")
    }

    /// Programs that some commands start, with the Debian package that has each.
    static func programs(path: String = Host.environment("PATH") ?? "") -> [HostFeature] {
        let wanted = [
            ("curl", "curl", "sources and packages are fetched with it"),
            ("apt-get", "apt", "`toolchain lock` resolves packages with it"),
            ("apt-cache", "apt", "`toolchain lock` reads checksums with it"),
            ("git", "git", "sources from git repositories are fetched with it"),
        ]
        return wanted.map { name, package, use in
            let found = find(name, in: path)
            return HostFeature(
                name: name, state: found == nil ? .optionalMissing : .available,
                finding: found ?? "not in PATH; \(use)",
                remedy: found == nil ? "apt-get install \(package)" : nil)
        }
    }

    /// The first executable file of this name in the folders of a PATH.
    private static func find(_ name: String, in path: String) -> String? {
        for folder in path.split(separator: ":") {
            let candidate = "\(folder)/\(name)"
            guard let file = try? Descriptor.workingDirectory.open(candidate, [.pathOnly, .followingLinks]),
                let status = try? file.status()
            else { continue }
            if status.kind == .regular, status.permissions & 0o111 != 0 { return candidate }
        }
        return nil
    }

    /// A sysctl by its path below /proc/sys, without the line's end; nil where the host has none of that name.
    static func setting(_ name: String) -> String? {
        guard let file = try? Descriptor.workingDirectory.open("/proc/sys/\(name)"),
            let bytes = try? file.readAll(limit: 4096)
        else { return nil }
        return String(decoding: bytes.prefix { $0 != UInt8(ascii: "\n") }, as: UTF8.self)
    }
}
