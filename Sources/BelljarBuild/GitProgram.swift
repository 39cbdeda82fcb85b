internal import BelljarHost
internal import BelljarKernel
internal import BelljarModel
internal import BelljarStore

/// git, with nobody's configuration: of the user's it knows which folders are `safe` although they are somebody else's
/// (safe.directory in git-config(1)), and of the machine's how it reaches the network.
enum GitProgram {
    /// Nothing else of the caller's environment is passed on.
    private static let passed = [
        "http_proxy", "https_proxy", "no_proxy", "HTTPS_PROXY", "NO_PROXY", "SSH_AUTH_SOCK", "SSL_CERT_FILE",
    ]
    /// Bytes of the list of safe folders.
    private static let safeLimit = 64 << 10

    /// - Parameters:
    ///   - home: absolute path of a folder of belljar's, for the one configuration that git reads.
    ///   - safe: folders that it may take repositories from, whoever owns them.
    ///   - variables: for git in addition to those that it gets.
    ///   - remedy: what else helps where there is no git.
    static func make(
        for store: Store, home: String, safe: [String], setting variables: [String: String], _ operation: String,
        _ subject: String, otherwise remedy: String
    ) throws(BelljarError) -> HostProgram {
        let configuration = home + "/configuration"
        let text = "[safe]\n" + safe.map { "\tdirectory = \(Self.quoted($0))\n" }.joined()
        try hostCall(operation, subject) { () throws(KernelError) in
            let file = try Descriptor.workingDirectory.open(configuration, [.write, .create, .truncate], mode: 0o644)
            try file.writeAll(Array(text.utf8))
            try file.setPermissions(0o644)
        }
        let settings = [
            "HOME": home, "LC_ALL": "C", "PATH": "/usr/local/bin:/usr/bin:/bin", "GIT_CONFIG_NOSYSTEM": "1",
            "GIT_CONFIG_GLOBAL": configuration, "GIT_TERMINAL_PROMPT": "0", "GIT_ASKPASS": "/bin/false",
            "GIT_SSH_COMMAND": "ssh -o BatchMode=yes", "GIT_ALLOW_PROTOCOL": "file:git:http:https:ssh",
        ].merging(variables.filter { $0.key != "HOME" }) { _, given in given }
        guard var git = HostProgram.find("git", passing: Self.passed, setting: settings) else {
            throw BelljarError(
                .host, operation: operation, subject: subject, answer: "git is not installed",
                remedy: "install git, or \(remedy)")
        }
        git.account = store.owner
        return git
    }

    /// The folders that the machine's and the user's configurations call safe. Nothing else of them is read.
    static func safeFolders(
        in store: Store, _ variables: [String: String], check: () throws(BelljarError) -> Void
    ) throws(BelljarError) -> [String] {
        // Whose repository it is says nothing to an account that has nothing of its own.
        guard store.owner == nil else { return ["*"] }
        let settings = ["LC_ALL": "C", "GIT_TERMINAL_PROMPT": "0"].merging(variables) { _, given in given }
        guard let git = HostProgram.find("git", passing: ["HOME", "XDG_CONFIG_HOME"], setting: settings) else {
            return []
        }
        var folders: [String] = []
        for scope in ["--system", "--global"] {
            var found: [UInt8] = []
            let arguments = ["config", scope, "--null", "--type=path", "--get-all", "safe.directory"]
            let end = unsafe try git.run(arguments, check: check) { (piece) in
                if found.count + piece.count <= Self.safeLimit { unsafe found.append(contentsOf: piece) }
            }
            // It ends with 1 where there is none, or no such file.
            guard end.exit == .status(0) else { continue }
            folders += found.split(separator: 0, omittingEmptySubsequences: false).dropLast()
                .map { String(decoding: $0, as: UTF8.self) }
        }
        return folders
    }

    // MARK: What it says

    /// Whether it refused a repository because somebody else owns it.
    static func isOfOthers(_ end: HostProgram.End) -> Bool { end.errorText.contains("dubious ownership") }

    static let ownershipRemedy =
        "the repository belongs to another user, who could make git run programs. If you trust them, run the "
        + "`git config --global --add safe.directory ...` that git prints, and build again"

    static func words(_ end: HostProgram.End) -> String {
        switch end.exit {
        case .status(let number): "git ended with exit status \(number)"
        case .signal(let number): "git was ended by signal \(number)"
        }
    }

    static func details(_ end: HostProgram.End) -> [String] {
        end.errorText.split(separator: "\n").suffix(8).map(String.init)
    }

    /// A value as a configuration file has it.
    private static func quoted(_ text: String) -> String {
        var quoted = "\""
        for character in text {
            switch character {
            case "\"", "\\": quoted += "\\\(character)"
            case "\n": quoted += "\\n"
            default: quoted.append(character)
            }
        }
        return quoted + "\""
    }
}
