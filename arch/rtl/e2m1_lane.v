// One quantizer lane for fp4_e2m1: the code of RN(x * inverse) for a finite bf16 x, saturated at 6. B = 0: to nearest
// even; random is not read. B = 1..16: up or down by the random number u: with the neighbours a <= |r| < b and
// f = (|r| - a) / (b - a), b if f 2^(B+1) + 2u + 1 >= 2^(B+1). A zero keeps its sign. Combinational.
// inverse: binary32, that of the block's scale, as scale_mul takes it; 0 gives code 0. POW2 = 1: a power of two from
// 2^-125 to 2^127 (MXFP4), of which the exponent field is read, and no multiplier.
// Both conditions are on integers, so only the first B + 1 bits of f count, see luq_lane; results that binary32 holds as
// subnormals have none.
//   inverse = 32'h40000000 (2): x = 16'h3FA0 (r = 2.5): code = 4'h4 (2).   x = 16'hC080 (-4): code = 4'hF (-6).
//   B = 1, x = 16'h3FA0 (f = 1/2): u = 0: code = 4'h4 (2); u = 1: code = 4'h5 (3).   x = 16'h8000 (-0): code = 4'h8.
module e2m1_lane #(
    parameter B = 0,
    parameter POW2 = 0
) (
    input  wire [                   15:0] x,
    input  wire [                   31:0] inverse,
    input  wire [(B == 0 ? 1 : B) - 1:0] random,
    output wire [                    3:0] code
);
  wire [23:0] scaled;
  wire signed [9:0] place;
  scale_mul #(
      .POW2(POW2)
  ) scale (
      .x(x[14:0]),
      .inverse(inverse[30:0]),
      .significand(scaled),
      .exponent(place)
  );
  wire [23:0] r;
  wire signed [9:0] k;
  wire none;
  generate
    if (POW2 != 0) begin : shift
      // A subnormal x times 2^127 has exponent 1 and no leading bit: below 2 it does not need one.
      wire below_2 = place == 10'sd1 && !scaled[23];
      assign r = below_2 ? {scaled[22:0], 1'b0} : scaled;
      assign k = below_2 ? 10'sd0 : place;
      assign none = 1'b0;
    end else begin : multiply
      assign r = scaled;
      assign k = place;
      assign none = inverse[30:23] == 8'd0;
    end
  endgenerate

  wire [2:0] magnitude;
  generate
    if (B == 0) begin : nearest
      round_magnitude #(
          .EXP (2),
          .MAN (1),
          .BIAS(1),
          .MAX (7)
      ) round (
          .significand(r),
          .exponent(k),
          .code(magnitude)
      );
      wire unused_random = random;
    end else begin : stochastic
      // Twice r below 2, r below 4, half of it below 8: two bits, and the fraction of the step.
      wire below_1 = k[9];
      wire [8:0] excess = below_1 ? -k[8:0] : 9'd0;
      wire [B+2:0] fixed = r[23-:B+3] >> excess;
      // fraction + (2u + 1) >= 2^(B+1)
      wire up = fixed[B:0] > {~random, 1'b0};
      wire [3:0] base = {1'b0, below_1 ? 2'd0 : k[1:0], 1'b0} + {2'd0, fixed[B+2:B+1]} + {3'd0, up};
      wire top = !below_1 && (|k[8:2] || base[3] || &k[1:0]);
      assign magnitude = top ? 3'd7 : base[2:0];
      wire unused_bits = &{1'b0, r[20-B:0]};
    end
  endgenerate
  assign code = none ? 4'd0 : {x[15], magnitude};
  wire unused = &{1'b0, inverse[31]};
endmodule
