internal import BelljarInit
internal import BelljarKernel

/// Tries out one feature of the host, prints one line about it and ends: `belljar-init --probe NAME [UID GID]`.
///
/// A process of its own for each probe, single-threaded and static, so that it may unshare and mount as it likes and
/// a bad host hurts nobody else. The line is `available FINDING` or `missing FINDING`, the status 0; 2 for arguments
/// that make no sense.
///
/// - Parameter arguments: what follows `--probe`. With UID and GID the probe runs as that account, which only root can
///   ask for.
func runProbe(_ arguments: [String]) -> Never {
    guard let name = arguments.first else { exitProcess(2) }
    do throws(KernelError) {
        // As for a sandbox: before root is given up.
        let own = name == detachedProgram ? try OwnProgram() : nil
        if arguments.count == 3, let uid = UInt32(arguments[1]), let gid = UInt32(arguments[2]) {
            // What root may still take back, belljar-init does before it becomes the account.
            if name != "inheritance" { try become(uid: uid, gid: gid) }
        } else if arguments.count != 1 {
            exitProcess(2)
        }
        if let own { try executeDetached(own) }
        guard let finding = try probe(name) else { exitProcess(2) }
        print("available \(finding)")
    } catch {
        print("missing \(error)")
    }
    exitProcess(0)
}

/// EOPNOTSUPP: what the kernel would say if it had been asked.
private let notSupported: Int32 = 95

private func become(uid: UInt32, gid: UInt32) throws(KernelError) {
    try Credentials.dropSupplementaryGroups()
    try Credentials.setGroup(gid)
    try Credentials.setUser(uid)
    // Else /proc/self belongs to root, and with it the files that map ids.
    try Credentials.setDumpable(true)
}

/// Carries out one probe and answers what it found; nil for a name that is none.
private func probe(_ name: String) throws(KernelError) -> String? {
    switch name {
    case "belljar-init": "starts"
    case "devices": try devices()
    case "settings": try settings()
    case "user-namespace": try userNamespace()
    case "mount-namespace": try namespace(.mount)
    case "pid-namespace": try namespace(.pid)
    case "network-namespace": try namespace(.net)
    case "ipc-namespace": try namespace(.ipc)
    case "uts-namespace": try namespace(.uts)
    case "cgroup-namespace": try namespace(.cgroup)
    case "time-namespace": try timeNamespace()
    case "mount-api": try mountInterface()
    case detachedProgram + inside: try detached()
    case "tmpfs": try tmpfs()
    case "overlay": try overlay(layerOption: "lowerdir")
    case "overlay-layers": try overlay(layerOption: "lowerdir+")
    case "proc": try proc()
    case "inheritance": try InheritedProbe.finding()
    case "openat2": try openBelow()
    case "pidfd": try processDescriptor()
    case "memory-file-seals": try memoryFileSeals()
    case "fixed-addresses": try fixedAddresses()
    case "seccomp": try filters()
    case "seccomp-notification": try notification()
    case "seccomp-notification-killable": try killableNotification()
    case "seccomp-notification-sync": try synchronousNotification()
    case "cgroup-v2-delegation": try delegatedGroup()
    case "landlock": "version \(try Host.landlockVersion())"
    case "pid-limit": try processLimit()
    case "trial": try insideSandbox()
    default: nil
    }
}

/// The host's devices that builds get.
private func devices() throws(KernelError) -> String {
    try Devices.checkHost()
    return HostDevice.all.map(\.name).joined(separator: ", ")
}

private func settings() throws(KernelError) -> String {
    try HostSettings.check(Descriptor.workingDirectory.open("/proc", .directory))
    return "as builds are told"
}

// MARK: Namespaces

/// Moves into a new user namespace with these ids inside.
private func enterUserNamespace(uid: UInt32 = 1000, gid: UInt32 = 1000) throws(KernelError) {
    // Asked before: without a map, everybody in a new namespace is 65534.
    let (outerUid, outerGid) = (Host.effectiveUid, Host.effectiveGid)
    try Namespace.user.unshare()
    // Without privileges a group can be mapped only after this (user_namespaces(7)).
    try CurrentProcess.writeSetting("/proc/self/setgroups", "deny")
    try CurrentProcess.writeSetting("/proc/self/uid_map", "\(uid) \(outerUid) 1")
    try CurrentProcess.writeSetting("/proc/self/gid_map", "\(gid) \(outerGid) 1")
}

/// A host may hand out user namespaces whose capabilities count for nothing (AppArmor on Ubuntu), so one is used.
private func userNamespace() throws(KernelError) -> String {
    try enterUserNamespace()
    try Namespace.uts.unshare()
    return "one id mapped, capabilities count"
}

private func namespace(_ kind: Namespace) throws(KernelError) -> String {
    try enterUserNamespace()
    try kind.unshare()
    return "unshared"
}

private func timeNamespace() throws(KernelError) -> String {
    try enterUserNamespace()
    try Namespace.time.unshare()
    try CurrentProcess.writeSetting("/proc/self/timens_offsets", CurrentProcess.clockOffsetsToZero())
    return "clocks set back"
}

// MARK: Mounts

/// Whether belljar-init can execute itself from a mount of its own, as every sandbox begins. The probe goes on in what it
/// becomes then.
private let detachedProgram = "detached-program"
private let inside = "-inside"

private func executeDetached(_ program: OwnProgram) throws(KernelError) {
    try enterMountNamespace()
    try program.execute(argv: ["belljar-init", "--probe", detachedProgram + inside], environment: [])
}

private func detached() throws(KernelError) -> String {
    try OwnProgram.requireDetached()
    // The capabilities came along.
    try Namespace.uts.unshare()
    return "runs from a read-only mount that is nowhere"
}

private func enterMountNamespace() throws(KernelError) {
    try enterUserNamespace()
    try Namespace.mount.unshare()
}

/// A place on every host that nothing in a probe needs.
private let place = "tmp"

private func openRoot() throws(KernelError) -> Descriptor {
    try Descriptor.workingDirectory.open("/", .directory)
}

private func mountInterface() throws(KernelError) -> String {
    try enterMountNamespace()
    let root = try openRoot()
    let copy = try root.cloneMount(recursive: true)
    try copy.restrictMount(.readOnly, recursive: true)
    try copy.attach(to: root, place)
    return "open_tree, mount_setattr, move_mount"
}

/// A tmpfs with a directory in it that files can be made in.
private func tmpfs() throws(KernelError) -> String {
    try enterMountNamespace()
    let mount = try newTmpfs()
    try mount.makeDirectory("made")
    return "size and inodes limited"
}

private func newTmpfs() throws(KernelError) -> Descriptor {
    try Descriptor.newFileSystem(
        "tmpfs", [.value("size", "1048576"), .value("nr_inodes", "100")], attributes: [.noDevices, .noSetUserId])
}

/// Layers a directory over another without privileges, and writes to a file of the lower one.
///
/// - Parameter layerOption: how the lower layers are named: all in one option, or each in one of its own.
private func overlay(layerOption: String) throws(KernelError) -> String {
    try enterMountNamespace()
    let layers = try newTmpfs()
    for name in ["lower", "bottom", "upper", "work", "lower/made"] { try layers.makeDirectory(name) }
    try layers.open("lower/file", [.write, .create]).writeAll(Array("old".utf8))
    try layers.attach(to: openRoot(), place)
    let (lower, bottom) = ("/\(place)/lower", "/\(place)/bottom")
    let layerOptions: [MountOption] =
        layerOption == "lowerdir"
        ? [.value(layerOption, "\(lower):\(bottom)")] : [.value(layerOption, lower), .value(layerOption, bottom)]
    let mount = try Descriptor.newFileSystem(
        "overlay",
        layerOptions
            + [.value("upperdir", "/\(place)/upper"), .value("workdir", "/\(place)/work"), .flag("userxattr")],
        attributes: [])
    try mount.open("file", .write).writeAll(Array("new".utf8))
    // A directory that is made in the place of a removed one must hide what is below, which the overlay notes in an
    // extended attribute of the user. A tmpfs that keeps none answers EIO here, in the middle of a build.
    try mount.removeDirectory("made")
    try mount.makeDirectory("made")
    return "userxattr, copied up, made anew"
}

/// A fresh /proc, which a kernel refuses if parts of the one that is there are covered.
private func proc() throws(KernelError) -> String {
    try enterMountNamespace()
    try goOnInNewPidNamespace()
    let mount = try Descriptor.newFileSystem("proc", attributes: [.noDevices, .noSetUserId, .noPrograms])
    _ = try mount.status(of: "1")
    return "fresh mount"
}

/// Only children are born into a new pid namespace, so a child goes on with the probe; this process ends as the child
/// did.
private func goOnInNewPidNamespace() throws(KernelError) {
    try Namespace.pid.unshare()
    guard try CurrentProcess.fork() != 0 else { return }
    guard let (_, end) = try CurrentProcess.reap(blocking: true) else { exitProcess(3) }
    switch end.exit {
    case .status(let status): exitProcess(status)
    case .signal(let signal): exitProcess(128 + signal)
    }
}

// MARK: System calls

private func openBelow() throws(KernelError) -> String {
    _ = try openRoot().openBeneath("proc", .directory)
    return "RESOLVE_BENEATH"
}

private func processDescriptor() throws(KernelError) -> String {
    _ = try Host.openProcess(Host.processId)
    return "pidfd_open"
}

private func memoryFileSeals() throws(KernelError) -> String {
    let file = try Descriptor.memoryFile("probe")
    try file.seal()
    guard (try? file.writeAll([0])) == nil else {
        throw KernelError(call: "fcntl", subject: "F_ADD_SEALS without effect", number: notSupported)
    }
    return "sealed against writes"
}

private func fixedAddresses() throws(KernelError) -> String {
    try Host.fixAddresses()
    return "ADDR_NO_RANDOMIZE"
}

// MARK: Filters

/// One instruction: allow everything (BPF_RET with SECCOMP_RET_ALLOW).
private let allowAll: [UInt8] = [0x06, 0, 0, 0, 0, 0, 0xff, 0x7f]
/// SECCOMP_RET_KILL_PROCESS and SECCOMP_RET_ERRNO, which sandbox filters answer with.
private let neededActions: [UInt32] = [0x8000_0000, 0x0005_0000]

private func filters() throws(KernelError) -> String {
    for action in neededActions { try Seccomp.requireAction(action) }
    try Seccomp.setNoNewPrivileges()
    try Seccomp.load(allowAll)
    return "filters, KILL_PROCESS"
}

private func listen(killable: Bool) throws(KernelError) -> Descriptor {
    try Seccomp.setNoNewPrivileges()
    return try Seccomp.listen(allowAll, killable: killable)
}

private func notification() throws(KernelError) -> String {
    let sizes = try Seccomp.notificationSizes()
    _ = try listen(killable: false)
    return "structures of \(sizes.request), \(sizes.response) and \(sizes.data) bytes"
}

private func killableNotification() throws(KernelError) -> String {
    _ = try listen(killable: true)
    return "WAIT_KILLABLE_RECV"
}

private func synchronousNotification() throws(KernelError) -> String {
    try Seccomp.wakeSynchronously(listen(killable: false))
    return "SYNC_WAKE_UP"
}

// MARK: Limits

/// Whether this process may divide its own control group.
private func delegatedGroup() throws(KernelError) -> String {
    guard let path = try ownGroup() else {
        throw KernelError(call: "find", subject: "cgroup2 of this process", number: notSupported)
    }
    let folder = try Descriptor.workingDirectory.open(path, .directory)
    let controllers = try lines(of: "\(path)/cgroup.controllers").first ?? ""
    guard !controllers.isEmpty else {
        throw KernelError(call: "read", subject: "\(path): no controllers", number: notSupported)
    }
    _ = try folder.open("cgroup.procs", .write)
    let child = "belljar-probe-\(Host.processId)"
    try folder.makeDirectory(child)
    try folder.removeDirectory(child)
    return "\(path): \(controllers)"
}

/// The directory of this process's group in the unified hierarchy; nil if that is not mounted.
private func ownGroup() throws(KernelError) -> String? {
    let group = try lines(of: "/proc/self/cgroup").first { $0.hasPrefix("0::") }
    guard let group else { return nil }
    for line in try lines(of: "/proc/self/mountinfo") {
        // `ID PARENT DEVICE ROOT PLACE OPTIONS [TAGS] - TYPE SOURCE OPTIONS` (proc(5))
        let fields = line.split(separator: " ")
        guard let dash = fields.firstIndex(of: "-"), dash + 1 < fields.count, fields[dash + 1] == "cgroup2" else {
            continue
        }
        return String(fields[4]) + String(group.dropFirst(3))
    }
    return nil
}

private func lines(of path: String) throws(KernelError) -> [String] {
    let bytes = try Descriptor.workingDirectory.open(path).readAll(limit: 1 << 20)
    return String(decoding: bytes, as: UTF8.self).split(separator: "\n").map(String.init)
}

/// Whether a pid namespace has a largest number of its own.
private func processLimit() throws(KernelError) -> String {
    // On a kernel without it, uid 0 would set the host's.
    guard Host.effectiveUid != 0 else {
        throw KernelError(call: "open", subject: "/proc/sys/kernel/pid_max, not tried as root", number: notSupported)
    }
    try enterUserNamespace(uid: 0, gid: 0)
    try Namespace.mount.unshare()
    try goOnInNewPidNamespace()
    let mount = try Descriptor.newFileSystem("proc", attributes: [.noDevices, .noSetUserId, .noPrograms])
    try mount.open("sys/kernel/pid_max", .write).writeAll(Array("1000".utf8))
    return "pid_max of its own"
}

// MARK: Inside

/// What a program in a sandbox finds, tried where one runs (`Sandbox.rehearse`): a machine and a clock that are no host's, and
/// a place to leave something.
private func insideSandbox() throws(KernelError) -> String {
    let kernel = try Host.kernel()
    guard kernel.hostName == "belljar", Host.effectiveUid == 1000 else {
        throw KernelError(call: "uname", subject: "\(kernel.hostName), uid \(Host.effectiveUid)", number: notSupported)
    }
    let seconds = Host.realSeconds()
    guard seconds == 1_000_000_000 else {
        throw KernelError(call: "clock_gettime", subject: "\(seconds)", number: notSupported)
    }
    try Descriptor.workingDirectory.open("/out/probe", [.write, .create], mode: 0o644).writeAll([1])
    return "inside"
}
