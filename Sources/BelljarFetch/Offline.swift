package import BelljarModel

extension BelljarError {
    package static func offline(_ pin: Pin) -> BelljarError {
        offline("fetch", pin.address.description, lacking: "\(pin.sha256)")
    }

    /// What would have to be fetched, where nothing is (`--offline`).
    ///
    /// - Parameter missing: what the store lacks: a digest, or the subject itself.
    package static func offline(_ operation: String, _ subject: String, lacking missing: String = "it") -> BelljarError
    {
        BelljarError(
            .unavailable, operation: operation, subject: subject, stage: "fetch",
            answer: "the store does not have \(missing), and --offline fetches nothing", remedy: "leave --offline out")
    }
}
