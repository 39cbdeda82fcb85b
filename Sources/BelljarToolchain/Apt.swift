internal import BelljarHost
internal import BelljarKernel
internal import BelljarModel

/// The host's apt programs.
enum Apt {
    /// What apt and its helpers need of the host's environment to reach servers.
    private static let passing = [
        "PATH", "http_proxy", "https_proxy", "ftp_proxy", "all_proxy", "no_proxy", "HTTP_PROXY", "HTTPS_PROXY",
        "ALL_PROXY", "NO_PROXY",
    ]
    /// A package listing of 1,000 packages has 2 MB.
    private static let outputLimit = 64 << 20
    /// Seconds in which it has to get on. apt itself gives a server up after a third of that.
    private static let silentSeconds: UInt64 = 60

    /// Runs a program to its end and gives what it wrote to its standard output.
    ///
    /// - Parameters:
    ///   - environment: variables in addition to the host's proxies.
    ///   - root: what it works in, for one that fetches; it is held to the limits of a fetch there, and has no more rights than
    ///     the owner of that.
    /// - Throws: `unavailable` with the remedy if apt is not installed, and with what apt said if it failed.
    static func run(
        _ name: String, _ arguments: [String], environment: [String: String], cancellation: Cancellation,
        in root: AptRoot? = nil
    ) throws(BelljarError) -> String {
        let setting = environment.merging(["LC_ALL": "C.UTF-8"]) { own, _ in own }
        guard var program = HostProgram.find(name, passing: passing, setting: setting) else {
            throw BelljarError(
                .unavailable, operation: "run", subject: name, stage: "resolve", answer: "apt is not installed",
                remedy:
                    "install apt, or make the lock on a machine with Debian or a relative of it; building from a lock needs no apt"
            )
        }
        let limits = root?.limits ?? .standard
        if let root {
            program.account = root.owner
            program.bounds.seconds = limits[.fetchTime]
            program.bounds.silentSeconds = silentSeconds
            program.bounds.folder = root.path
            program.bounds.folderBytes = limits[.fetchSize]
        }
        let (end, text) = try program.output(of: arguments, limit: outputLimit) { () throws(BelljarError) in
            try cancellation.check("run", name)
        }
        if let error = end.error("run", name, stage: "resolve", limits: limits) { throw error }
        guard end.exit == .status(0) else {
            throw BelljarError(
                .unavailable, operation: "run", subject: "\(name) \(arguments.first ?? "")", stage: "resolve",
                answer: "it failed", remedy: "check this machine's apt sources and the package names in toolchain.yaml",
                details: end.errorText.split(separator: "\n").suffix(20).map(String.init))
        }
        return text
    }
}
