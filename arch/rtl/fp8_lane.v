// One quantizer lane for fp8: the code of RN(x * inverse) for a finite bf16 x, to nearest even, saturated: e4m3 at 448,
// E5M2 = 1: e5m2 at 57344. inverse: binary32, normal, at most 448 * 2^100, or 57344 * 2^100 (E5M2); POW2 = 1: a power of
// two, and no multiplier. A zero keeps its sign. Combinational.
// Products that binary32 holds as subnormals, and scale_mul does not, are far below half of the smallest fp8.
//   inverse = 32'h40000000 (2):  x = 16'h3FA0 (1.25): code = 8'h42 (2.5).   x = 16'hC480 (-1024): code = 8'hFE (-448).
//   x = 16'h3F84 (1.03125): code = 8'h40 (2).   E5M2, x = 16'h3FA0: code = 8'h41 (2.5).   x = 16'h8000: code = 8'h80.
module fp8_lane #(
    parameter E5M2 = 0,
    parameter POW2 = 0
) (
    input  wire [15:0] x,
    input  wire [31:0] inverse,
    output wire [ 7:0] code
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
  generate
    if (POW2 != 0 && E5M2 != 0) begin : normalise
      // A subnormal x, which has no leading bit, can become a normal e5m2; all of them are zeros of e4m3.
      wire [2:0] zeros;
      normalise8 leading (
          .in(scaled[23:16]),
          .out(r[23:16]),
          .zeros(zeros)
      );
      assign r[15:0] = 16'd0;
      assign k = place - $signed({7'd0, zeros});
      wire unused_zeros = &{1'b0, scaled[15:0]};
    end else begin : direct
      assign r = scaled;
      assign k = place;
    end
  endgenerate
  round_magnitude #(
      .EXP (E5M2 != 0 ? 5 : 4),
      .MAN (E5M2 != 0 ? 2 : 3),
      .BIAS(E5M2 != 0 ? 15 : 7),
      .MAX (E5M2 != 0 ? 123 : 126)
  ) round (
      .significand(r),
      .exponent(k),
      .code(code[6:0])
  );
  assign code[7] = x[15];
  wire unused = &{1'b0, inverse[31]};
endmodule
