// The sum of an NVFP4 block times both scales: dot, a signed integer of W <= 16 bits in units of 1/4, times the values of
// two e4m3 codes without sign, as binary32: exact. Code 7'h7F is NaN: the result is 32'h7FC00000 then. A zero is
// positive. Combinational.
//   dot = -18 (-4.5), scale_a = 7'h40 (2), scale_b = 7'h38 (1): value = 32'hC1100000 (-9).
//   dot = 1, scale_a = scale_b = 7'h01 (2^-9): value = 32'h35800000 (2^-20).
module block_scale_nv #(
    parameter W = 13
) (
    input  wire signed [W-1:0] dot,
    input  wire        [  6:0] scale_a,
    input  wire        [  6:0] scale_b,
    output wire        [ 31:0] value
);
  wire nan, unused_sign;
  wire [4:0] exponent;
  wire [7:0] significand;
  e4m3_mul multiply (
      .a({1'b0, scale_a}),
      .b({1'b0, scale_b}),
      .nan(nan),
      .sign(unused_sign),
      .exponent(exponent),
      .significand(significand)
  );
  wire signed [W+7:0] term = dot * $signed({1'b0, significand});
  wire [31:0] converted;
  int_to_fp #(
      .IN (W + 8),
      .EXP(8),
      .MAN(23)
  ) convert (
      .term (term),
      .value(converted)
  );
  // 2^-20 of the product and 2^-2 of the quarters.
  wire [7:0] field = converted[30:23] + {3'd0, exponent} - 8'd22;
  assign value = nan ? 32'h7FC00000 : term == {W + 8{1'b0}} ? 32'd0 : {converted[31], field, converted[22:0]};
endmodule
