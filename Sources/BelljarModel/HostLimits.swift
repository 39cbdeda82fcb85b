/// What a host lets builds have at most: the configuration of whoever owns it.
package struct HostLimits: Hashable, Sendable {
    package struct Cap: Hashable, Sendable {
        package var limit: LimitName
        /// In seconds, bytes or pieces, as the limit counts.
        package var value: UInt64
        package var location: SourceLocation

        package init(limit: LimitName, value: UInt64, location: SourceLocation) {
            self.limit = limit
            self.value = value
            self.location = location
        }
    }

    /// In the order of the files; the smallest value of a limit holds.
    package var caps: [Cap]
    /// Of sources, which no recipe asks for.
    package var sources: SourceLimits

    package static let none = HostLimits(caps: [])

    package init(caps: [Cap], sources: SourceLimits = .standard) {
        self.caps = caps
        self.sources = sources
    }

    /// Memory in bytes that a build without a limit of its own gets; nil for as much as there is.
    package var memoryCeiling: UInt64? { caps.filter { $0.limit == .memory }.map(\.value).min() }

    /// The limits, none of them above this host's.
    package func clamped(_ limits: ResourceLimits) -> ResourceLimits {
        caps.reduce(into: limits) { clamped, cap in
            if let value = clamped.value(of: cap.limit), value > cap.value { clamped.set(cap.limit, to: cap.value) }
        }
    }

    /// Where a limit that was reached stands; nil if it is not one of this host's.
    package func origin(of exceeded: ExceededLimit) -> SourceLocation? {
        caps.first { $0.limit == exceeded.limit && $0.value == exceeded.value }?.location
    }

    /// - Throws: `refused`, naming every value that is above this host's.
    ///
    /// - Parameter isRecorded: whether it is a record that asks, which nobody can change.
    package func check(
        _ limits: ResourceLimits, of name: String, isRecorded: Bool = false
    ) throws(BelljarError) {
        let refusals = caps.compactMap { cap -> (cap: Cap, text: String)? in
            // Without a limit on memory a build gets what the host allows.
            guard let asked = limits.value(of: cap.limit), asked > cap.value else { return nil }
            let (limit, most) = (cap.limit.rawValue, cap.limit.text(cap.value))
            return (
                cap,
                "limit \(limit) of the \(isRecorded ? "record" : "recipe") is \(cap.limit.text(asked)), and this host allows at most \(most) "
                    + "(\(cap.location))"
            )
        }
        guard let first = refusals.first else { return }
        let wanted = refusals.map { "\($0.cap.limit.rawValue): \($0.cap.limit.text($0.cap.value))" }
        throw BelljarError(
            .refused, operation: "build", subject: name, answer: first.text,
            remedy: isRecorded
                ? "rebuild on another host, or have the limit raised in \(first.cap.location.file)"
                : "if that is enough for it, set `limits: {\(wanted.joined(separator: ", "))}` in its recipe; otherwise "
                    + "build on another host, or have the limit raised in \(first.cap.location.file)",
            details: refusals.dropFirst().map(\.text))
    }
}
