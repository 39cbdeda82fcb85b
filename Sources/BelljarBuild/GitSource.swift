internal import BelljarModel
internal import BelljarStore

struct GitSource {
    let repository: String
    let commit: String
    let store: Store
    let cancellation: Cancellation

    func tree() throws(BelljarError) -> TreeDigest {
        throw BelljarError(
            .usage, operation: "fetch commit", subject: "\(commit) of \(repository)", answer: "git sources arrive later"
        )
    }
}
