// Decodes the arrays of a bundle made by rbm_lib.analysis.portable_machine.

function halfToFloat(bits) {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 31;
  const fraction = bits & 1023;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 31) return fraction ? NaN : sign * Infinity;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

/** An array of a bundle as Float32Array: float32 and float16 unchanged, int8 multiplied by the scale of its last axes. */
export function decode({ shape, dtype, scale, data }) {
  const bytes = Uint8Array.from(atob(data), (letter) => letter.charCodeAt(0));
  const view = new DataView(bytes.buffer);
  const found = new Float32Array(shape.reduce((size, axis) => size * axis, 1));
  for (let i = 0; i < found.length; i++) {
    if (dtype === "int8") found[i] = view.getInt8(i) * scale[i % scale.length];
    else if (dtype === "float16") found[i] = halfToFloat(view.getUint16(2 * i, true));
    else found[i] = view.getFloat32(4 * i, true);
  }
  return found;
}
