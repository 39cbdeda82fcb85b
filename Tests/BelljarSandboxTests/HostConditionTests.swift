import BelljarControls
import BelljarKernel
import BelljarModel
import BelljarPlan
import Testing

@testable import BelljarSandbox

/// Causes that this kernel cannot show: what a host says of itself is made up here.
@Suite struct HostConditionTests {
    private static let eperm: Int32 = 1
    private static let enospc: Int32 = 28

    private static let plain = """
        22 1 254:0 / / rw,relatime - ext4 /dev/root rw
        23 22 0:21 / /proc rw,nosuid,nodev,noexec - proc proc rw
        24 22 0:22 / /home ro,noexec shared:5 - tmpfs tmpfs rw,size=1k
        25 24 0:23 / /home/deep rw - tmpfs tmpfs rw

        """

    private func host(
        _ settings: [String: String] = [:], status: String = "Name:\tbelljar\nSeccomp:\t0\n", mounts: String = plain,
        label: String? = nil, uids: String = "         0          0 4294967295\n", account: Account? = nil
    ) -> HostCondition {
        HostCondition(
            setting: { settings[$0] }, status: HostCondition.fields(status), securityLabel: label,
            uids: HostCondition.ids(uids), mounts: HostCondition.mounts(mounts), kernelRelease: "6.1.0-18-amd64",
            account: account)
    }

    private func words(
        _ host: HostCondition, _ stage: Stage, _ number: Int32, _ call: String, _ subject: String = ""
    ) -> String {
        host.cause(stage, number, call: call, subject: subject).map { "\($0.words) -> \($0.remedy)" } ?? "none"
    }

    @Test func `what forbids user namespaces is named`() {
        func refusal(_ host: HostCondition) -> String { words(host, .userNamespace, Self.eperm, "unshare", "user") }
        #expect(refusal(host(["kernel/unprivileged_userns_clone": "0"])).contains("unprivileged_userns_clone is 0"))
        let ubuntu = refusal(host(["kernel/apparmor_restrict_unprivileged_userns": "1"]))
        #expect(ubuntu.contains("AppArmor takes the capabilities"))
        #expect(ubuntu.contains("userns,"))
        #expect(refusal(host(label: "docker-default (enforce)")).contains("(docker-default (enforce))"))
        #expect(refusal(host(status: "Seccomp:\t2\n")).contains("seccomp filter"))
        #expect(refusal(host(mounts: "23 22 0:21 / /proc rw - proc proc rw\n")).contains("runs in a chroot"))
        #expect(refusal(host(uids: "")).contains("its own id is not mapped"))
        // Nothing is said that is not known.
        #expect(refusal(host()).contains("or it is in a chroot"))
    }

    /// An AppArmor profile lets a user namespace be made, and takes what it is for.
    @Test func `capabilities that a security module takes are named in every later stage`() {
        let confined = host(label: "belljar-init (enforce)")
        for stage in [Stage.mountNamespace, .otherNamespaces, .timeNamespace] {
            #expect(words(confined, stage, Self.eperm, "unshare", "mount").contains("security module"))
        }
        #expect(words(confined, .mountRoot, Self.eperm, "fsopen", "overlay").contains("security module"))
    }

    @Test(arguments: [
        ("mount", "mnt"), ("net", "net"), ("network", "net"), ("pid", "pid"), ("ipc", "ipc"), ("uts", "uts"),
        ("cgroup", "cgroup"), ("time", "time"), ("user", "user"),
    ]) func `limits have the kernel's names`(kind: String, short: String) throws {
        #expect(HostCondition.limitName(of: kind) == "user.max_\(short)_namespaces")
        // This kernel has it by that name.
        #expect(DoctorFacts.setting("user/max_\(short)_namespaces") != nil)
        let limited = host(["user/max_\(short)_namespaces": "7"])
        #expect(words(limited, .otherNamespaces, Self.enospc, "unshare", kind).contains("_namespaces, 7 here, or"))
    }

    @Test func `yama is named where PID 1 cannot reach what it started`() {
        let failure = SetupFailure(stage: .reachCommand, number: Self.eperm, call: "process_vm_readv", subject: "2")
        let error = failure.error(on: host(["kernel/yama/ptrace_scope": "3"]))
        #expect(error.code == .sandboxUnavailable)
        #expect(error.answer.contains("kernel.yama.ptrace_scope is 3"))
        #expect(error.remedy?.contains("restart the machine") == true)
        // Any other value lets parents in.
        #expect(!failure.error(on: host(["kernel/yama/ptrace_scope": "2"])).answer.contains("yama"))
    }

    @Test func `an old tmpfs is named with the kernel`() {
        let failure = SetupFailure(stage: .mountScratch, number: 95, call: "fsetxattr", subject: "user.belljar")
        let error = failure.error(on: host())
        #expect(error.code == .sandboxUnavailable)
        #expect(error.answer.contains("6.1.0-18-amd64"))
        #expect(error.remedy == "use kernel 6.6 or newer")
    }

    @Test func `root without other ids is told which there are`() {
        let account = Account(uid: 65534, gid: 65534)
        let alone = host(uids: "         0       1000          1\n", account: account)
        #expect(words(alone, .dropPrivileges, 22, "setresuid", "65534").contains("its ids are 0"))
        let container = host(uids: "         0     100000      65536\n", account: account)
        #expect(container.isInUserNamespace)
        #expect(words(container, .dropPrivileges, 22, "setresuid", "65534") == "none")
        #expect(!host().isInUserNamespace)
    }

    @Test func `the mount that a path is on is found`() {
        let host = host()
        #expect(host.mount(of: "/usr/bin/belljar")?.place == "/")
        #expect(host.mount(of: "/home/x")?.options == ["ro", "noexec"])
        #expect(host.mount(of: "/home/deep/x")?.options == ["rw"])
        #expect(host.mount(of: "/homeless")?.place == "/")
        #expect(host.launchCause("/home/belljar-init", 13)?.words.contains("noexec (/home)") == true)
        #expect(host.launchCause("/usr/belljar-init", 13)?.words.contains("not executable") == true)
        #expect(host.maskedParts == [])
    }

    @Test func `a disk that is full is no limit of namespaces`() {
        let full = SetupFailure(stage: .mountScratch, number: Self.enospc, call: "mkdirat", subject: "dev")
        #expect(full.error(on: host()).code == .host)
        let limited = SetupFailure(stage: .mountRoot, number: Self.enospc, call: "fsmount", subject: "tmpfs")
        #expect(limited.error(on: host(["user/max_mnt_namespaces": "1"])).code == .sandboxUnavailable)
    }

    @Test func `a processor below the level is refused before anything starts`() throws {
        let error = #expect(throws: BelljarError.self) { try Sandbox.requireProcessor(["sse4_2", "popcnt"]) }
        #expect(error?.code == .sandboxUnavailable)
        #expect(error?.answer.contains("sse4_2, popcnt") == true)
        #expect(DoctorFacts.processor(missing: ["popcnt"]).state == .missing)
        // This one has it.
        try Sandbox.requireProcessor(Processor.missing)
        #expect(DoctorFacts.processor().state == .available)
    }

    @Test func `a trial decides`() {
        let old = HostFeature(name: "kernel", state: .missing, finding: "5.14", remedy: "use another")
        let ran = HostFeature.concluded([old], .rehearsal(.success("ran")))
        #expect(ran.map(\.state) == [.optionalMissing, .available])
        let fine = HostFeature(name: "kernel", state: .available, finding: "6.18", remedy: nil)
        let error = BelljarError(.sandboxUnavailable, operation: "set up", subject: "it", answer: "no", remedy: "do")
        let failed = HostFeature.concluded([fine], .rehearsal(.failure(error)))
        #expect(failed.map(\.state) == [.available, .missing])
        #expect(failed.last?.remedy == "do")
    }

    /// The host lacks nothing where a command has more arguments than any program can be started with.
    @Test func aCommandThatIsTooLongIsTheRequests() {
        let failure = SetupFailure(stage: .commandExecute, number: 7, call: "execve", subject: "/bin/sh")
        let error = failure.error()
        #expect(error.code == .usage && error.subject == "/bin/sh")
        #expect(error.answer.contains("(E2BIG)") && error.answer.contains(" 131071 bytes "), "\(error)")
        #expect(error.answer.contains("\(ProgramRoom.bytes) in all of them") && error.remedy?.contains("file") == true)
        // Anywhere else it is no command's.
        #expect(SetupFailure(stage: .detachProgram, number: 7, call: "execveat", subject: "").error().code != .usage)
    }
}
