internal import BelljarControls
internal import BelljarHost
internal import BelljarKernel
internal import BelljarModel
internal import BelljarStore

/// One transfer by Debian's `curl` program, which knows proxies, certificates and every version of HTTP.
struct Curl {
    private let program: HostProgram
    private let largest: UInt64
    /// Transfers slower than 1000 bytes per second over this time are given up; so are connections that take longer.
    private let stallSeconds: Int

    /// What the transfer came to, when no error of ours ended it.
    enum Outcome: Equatable {
        case complete
        /// It failed in a way that may pass; why, in words.
        case passing(String)
        /// It failed in a way that another attempt would meet too.
        case lasting(String)
        /// The server says that the file is larger than any that may be got.
        case tooLarge
    }

    /// What curl itself looks for in its environment; everything else stays out (curl(1), ENVIRONMENT).
    private static let variables = [
        "PATH", "HOME", "http_proxy", "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY", "no_proxy", "NO_PROXY",
        "CURL_CA_BUNDLE", "SSL_CERT_FILE", "SSL_CERT_DIR",
    ]

    /// - Parameters:
    ///   - bytes: of the largest file that it may get.
    ///   - account: whose rights it has; nil for those of belljar.
    init(stallSeconds: Int, bytes: UInt64 = .max, account: Account? = nil) throws(BelljarError) {
        guard var found = HostProgram.find("curl", passing: Self.variables, setting: ["LC_ALL": "C"]) else {
            throw BelljarError(
                .unavailable, operation: "fetch", subject: "pinned files", stage: "fetch",
                answer: "the program curl is not installed",
                remedy: "install it: apt install curl ca-certificates")
        }
        found.account = account
        if account != nil { found.environment["HOME"] = "/nonexistent" }
        largest = bytes
        program = found
        self.stallSeconds = stallSeconds
    }

    /// Gets a file.
    ///
    /// - Parameters:
    ///   - seconds: that it may take.
    ///   - check: called often; what it throws ends the transfer.
    ///   - output: takes the bytes; what it throws ends the transfer.
    func get(
        _ address: WebAddress, within seconds: UInt64 = 3600, check: () throws(BelljarError) -> Void,
        output: (UnsafeRawBufferPointer) throws(BelljarError) -> Void
    ) throws(BelljarError) -> Outcome {
        // The address goes in on standard input: other users of the machine see command lines, and an address may hold
        // a password. A WebAddress has nothing that curl's quoting would change.
        var program = program
        // For a curl that does not look at its own clock.
        program.bounds.seconds = seconds + 2
        let end = unsafe try program.run(
            arguments(seconds), input: "url = \"\(address.text)\"\n", check: check, output: output)
        return Self.outcome(of: end)
    }

    private func arguments(_ seconds: UInt64) -> [String] {
        [
            // No ~/.curlrc, which must be said first; nothing in braces or brackets is a pattern.
            "--disable", "--config", "-", "--globoff",
            "--fail", "--silent", "--show-error", "--no-progress-meter",
            "--proto", "=http,https", "--proto-redir", "=http,https", "--location", "--max-redirs", "5",
            "--connect-timeout", "\(stallSeconds)", "--speed-limit", "1000", "--speed-time", "\(stallSeconds)",
            // What says its length is refused before it begins; what does not is counted while it comes.
            "--max-time", "\(max(seconds, 1))", "--max-filesize", "\(min(largest, UInt64(Int64.max)))",
            "--user-agent", "belljar", "--write-out", "%{stderr}\n\(Self.statusMark)%{http_code}",
        ]
    }

    // MARK: Answers

    private static let statusMark = "status="

    /// Exit codes as curl(1) lists them.
    private static func outcome(of end: HostProgram.End) -> Outcome {
        if case .time(let seconds) = end.overrun { return .passing("it was still running after \(seconds) s") }
        guard case .status(let code) = end.exit else { return .passing("curl was killed by a signal") }
        if code == 0 { return .complete }
        if code == 63 { return .tooLarge }
        let lines = end.errorText.split(separator: "\n")
        // Its own words carry the details: `curl: (6) Could not resolve host: ...`.
        let words = lines.first { $0.hasPrefix("curl: (") }
            .map { $0.drop { $0 != ")" }.dropFirst(2) }.map(String.init)
        if code == 22 {
            let status = lines.last { $0.hasPrefix(statusMark) }.flatMap { Int($0.dropFirst(statusMark.count)) } ?? 0
            return refusal(status: status)
        }
        let text = (shortWords[code] ?? "curl failed with code \(code)") + (words.map { " (\($0))" } ?? "")
        return passingCodes.contains(code) ? .passing(text) : .lasting(text)
    }

    /// A server's refusal (RFC 9110, 15.5 and 15.6; 429: RFC 6585).
    static func refusal(status: Int) -> Outcome {
        switch status {
        case 404, 410: .lasting("there is no such file (HTTP status \(status))")
        case 401, 403, 407: .lasting("the server does not allow it (HTTP status \(status))")
        case 408, 429: .passing("the server is busy (HTTP status \(status))")
        case 500...599: .passing("the server failed (HTTP status \(status))")
        default: .lasting("the server refused (HTTP status \(status))")
        }
    }

    private static let shortWords: [Int32: String] = [
        1: "the server redirects to something that is neither http nor https", 3: "the address is malformed",
        5: "the proxy's name is unknown", 6: "the server's name is unknown", 7: "no connection",
        16: "HTTP/2 failed", 18: "the transfer was cut off", 28: "the server is too slow", 35: "TLS failed",
        47: "too many redirects", 52: "the server sent no answer", 55: "sending failed", 56: "receiving failed",
        60: "the server's certificate is not trusted", 92: "HTTP/2 failed",
    ]
    private static let passingCodes: Set<Int32> = [5, 6, 7, 16, 18, 28, 35, 52, 55, 56, 92]
}
