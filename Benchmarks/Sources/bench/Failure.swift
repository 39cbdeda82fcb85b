/// Why a benchmark could not be run. It becomes a skipped line of the table, never a figure.
struct Failure: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) { self.description = description }
}
