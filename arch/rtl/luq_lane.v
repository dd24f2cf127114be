// One LUQ quantizer lane, E = 6: fp4_e3m0 code of a finite bf16 x. Combinational.
// inverse: binary32 RN(2^E / M), in [2^-122, 2^126], as scale_mul takes it (M >= 2^-120); POW2 = 1: a power of two.
// random: the B-bit random number u, 1 <= B <= 16. code: sign, e; magnitude 2^(e-1) for e > 0, and 0 for every zero.
//
// With r = 2^k (1 + f): in range (k >= 0) the level is e = k + 1, one more if f 2^(B+1) + 2u + 1 >= 2^(B+1), at most 7.
// Below range e = 0, one more if r 2^(B+1) + 2u + 1 >= 2^(B+1). Both conditions compare integers, so only the first
// B + 1 fraction bits of r count, and one comparison serves both: below range r is its own fraction, shifted down.
// Binary32 rounds r < 2^-126 to a subnormal and scale_mul does not. That cannot show: either way r <= 2^-126, so
// its first B + 1 <= 17 fraction bits are 0, and 0 + 2u + 1 <= 2^(B+1) - 1 never rounds up.
//
// B = 16, inverse = 32'h42800000 (64, M = 1):
//   x = 16'hBF80 (-1): code = 4'hF for every u.      x = 16'h3CC0 (r = 1.5): u < 16'h8000 gives 4'h1, others 4'h2.
//   x = 16'h3C00 (r = 0.5): u < 16'h8000 gives 4'h0, others 4'h1.       x = 16'h8000 (-0): code = 4'h0.
module luq_lane #(
    parameter B = 16,
    parameter POW2 = 0
) (
    input  wire [ 15:0] x,
    input  wire [ 31:0] inverse,
    input  wire [B-1:0] random,
    output wire [  3:0] code
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

  wire in_range = !k[9];
  // Below range -k >= 1 is the shift: one place by choice of bits, -k - 1 = ~k by the shifter.
  wire [8:0] shift = in_range ? 9'd0 : ~k[8:0];
  wire [B:0] fraction = (in_range ? r[22-:B+1] : r[23-:B+1]) >> shift;
  // fraction + (2u + 1) >= 2^(B+1)
  wire up = fraction > {~random, 1'b0};

  wire top = in_range && k[8:0] >= 9'd6;
  // In range the leading bit of r is the 1 of k + 1; with POW2 a subnormal x, k = 0, lacks it and is below range.
  wire [2:0] base = in_range ? k[2:0] : 3'd0;
  wire [2:0] e = top ? 3'd7 : base + {2'b00, in_range & r[23]} + {2'b00, up};
  assign code = {x[15] & |e, e};

  wire unused = &{1'b0, inverse[31], r[21-B:0]};
endmodule
