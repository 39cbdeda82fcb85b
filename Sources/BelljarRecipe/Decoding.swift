package import BelljarModel

/// Text to values, strictly. Every mistake is a `usage` error whose subject is `file:line:column`; all mistakes of a
/// file are reported together in `details`.
package enum RecipeDecoder {
    /// - Parameters:
    ///   - text: the bytes of `recipe.yaml`.
    ///   - file: its path, for diagnostics.
    ///   - folder: absolute path of the recipe's folder.
    package static func recipe(_ text: [UInt8], file: String, folder: String) throws(BelljarError) -> Recipe {
        fatalError("arrives with the decoder")
    }
}

package enum ToolchainDecoder {
    package static func spec(_ text: [UInt8], file: String) throws(BelljarError) -> ToolchainSpec { fatalError() }
    package static func lock(_ text: [UInt8], file: String) throws(BelljarError) -> ToolchainLock { fatalError() }
    /// The one text of a lock: what `toolchain lock` writes.
    package static func encode(_ lock: ToolchainLock) -> [UInt8] { fatalError() }
    /// Digest of a spec's meaning.
    package static func digest(of spec: ToolchainSpec) -> Digest { fatalError() }
}
