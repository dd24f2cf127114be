// One SAWB quantizer lane: q = clamp(RNE(RN(x * inverse))) for a finite bf16 x. Combinational.
// UNSIGNED = 0: int4, -7..7, two's complement. UNSIGNED = 1: uint4, 0..15, negative x gives 0. Other W: as wide a magnitude.
// inverse: binary32 RN(1 / scale), as scale_mul takes it (scale >= 2^-126); POW2 = 1: a power of two.
// Results that binary32 holds as subnormals, and scale_mul does not, are below 1/2 either way: q = 0.
//   inverse = 32'h40000000 (2):  x = 16'h3FA0 (1.25): r = 2.5, q = 2.   x = 16'hBFE0 (-1.75): r = -3.5, int4 4'hC (-4).
//   x = 16'h4060 (3.5): q = 7.   x = 16'hC180 (-16): int4 4'h9 (-7), uint4 4'h0.   x = 16'h4180 (16): uint4 4'hF.
module sawb_lane #(
    parameter UNSIGNED = 0,
    parameter POW2 = 0,
    parameter W = UNSIGNED != 0 ? 4 : 3  // bits of the magnitude, at most 7
) (
    input  wire [                                15:0] x,
    input  wire [                                31:0] inverse,
    output wire [(UNSIGNED != 0 ? W : W + 1) - 1:0] q
);
  wire [23:0] r;
  wire signed [9:0] k;
  scale_mul #(
      .POW2(POW2)
  ) scale (
      .x(x[14:0]),
      .inverse(inverse[30:0]),
      .significand(r),
      .exponent(k)
  );

  // Below 2^W the fraction has at least 24 - W bits: all but its first bit can only break ties, so they shift as one.
  wire rest = |r[22-W:0];
  wire below = k < -10'sd1;
  wire above = k >= $signed(W[9:0]);
  // W integer bits, then fraction; k + 1 = 0 puts the leading bit of r at 1/2.
  wire [2:0] shift = k[2:0] + 3'd1;
  wire [2*W+1:0] fixed = {{W{1'b0}}, r[23:23-W], rest} << shift;
  wire [W-1:0] whole = fixed[2*W+1:W+2];
  wire up = fixed[W+1] && (whole[0] || |fixed[W:0]);
  wire [W-1:0] magnitude = below ? {W{1'b0}} : above ? {W{1'b1}} : whole + {{W - 1{1'b0}}, up && !(&whole)};

  generate
    if (UNSIGNED != 0) begin : uint4
      assign q = x[15] ? {W{1'b0}} : magnitude;
    end else begin : int4
      assign q = x[15] ? -{1'b0, magnitude} : {1'b0, magnitude};
    end
  endgenerate

  wire unused = &{1'b0, inverse[31]};
endmodule
