// WebAssembly memories, which reserve far more than they use, can be made by the dozen.
const memories = [];
for (let i = 0; i < 12; i++) memories.push(new WebAssembly.Memory({ initial: 1, maximum: 65536 }));
memories[11].grow(10);
console.log(memories[11].buffer.byteLength);
console.log("ok");
