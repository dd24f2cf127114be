// What the elements of an NVFP4 block are multiplied by: RN(1 / RN(s * tensor_scale)) as binary32 for an e4m3 scale s,
// code `scale` without sign, not NaN; 0 for s = 0. No divider: powers of two only move the exponent, so the reciprocals
// for s = 8/8, 9/8 .. 15/8, binary32 without sign, are constants of the tensor; s = 8/8 in bits 30..0. Combinational.
//   reciprocals[30:0] = 31'h3F800000 (1): scale = 7'h38 (1): inverse = 32'h3F800000.   scale = 7'h01 (2^-9):
//   inverse = 32'h44000000 (512).
module nv_inverse (
    input  wire [  6:0] scale,
    input  wire [247:0] reciprocals,
    output wire [ 31:0] inverse
);
  // s = (1 + index / 8) 2^(8 - down): a subnormal is normalised.
  wire normal = |scale[6:3];
  wire [2:0] m = scale[2:0];
  wire [2:0] index = normal ? m : m[2] ? {m[1:0], 1'b0} : m[1] ? {m[0], 2'b00} : 3'd0;
  wire [4:0] down = normal ? 5'd15 - {1'b0, scale[6:3]} : m[2] ? 5'd15 : m[1] ? 5'd16 : 5'd17;
  wire [30:0] chosen = reciprocals[31*index+:31];
  assign inverse = scale == 7'd0 ? 32'd0 : {1'b0, chosen[30:23] + {3'd0, down} - 8'd8, chosen[22:0]};
endmodule
