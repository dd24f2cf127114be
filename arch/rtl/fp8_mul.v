// Product of two fp8 codes, each e4m3 or (its e5m2 bit 1) e5m2, as a float: both become e5m3, whose significands are
// multiplied. EXP = 8, MAN = 23: exact. EXP = 5, MAN = 10: fp_mul, to nearest even, with subnormals and infinities.
// NaN and infinities (of e5m2) as IEEE 754 has them, NaN canonical; a zero has the XOR of the signs. Combinational.
//   a = 8'h38 (1), b = 8'hC0 (e4m3: -2): product = 32'hC0000000; b_e5m2 = 1: -2 as well.
//   a = b = 8'h7E (448): product = 32'h48440000 (200704).   a = 8'h00, b = 8'h7C, b_e5m2 = 1 (inf): 32'h7FC00000.
//   EXP = 5, MAN = 10: a = b = 8'h7E: product = 16'h7C00 (infinity).
module fp8_mul #(
    parameter EXP = 8,
    parameter MAN = 23
) (
    input  wire               a_e5m2,
    input  wire [        7:0] a,
    input  wire               b_e5m2,
    input  wire [        7:0] b,
    output wire [EXP+MAN:0] product
);
  wire [8:0] x, y;
  fp8_to_e5m3 expand_a (
      .e5m2 (a_e5m2),
      .code (a),
      .value(x)
  );
  fp8_to_e5m3 expand_b (
      .e5m2 (b_e5m2),
      .code (b),
      .value(y)
  );
  generate
    if (EXP == 5) begin : rounded
      // e5m3 with a longer mantissa.
      fp_mul #(
          .EXP(EXP),
          .MAN(MAN)
      ) multiply (
          .a({x, {MAN - 3{1'b0}}}),
          .b({y, {MAN - 3{1'b0}}}),
          .product(product)
      );
    end else begin : exact
      wire x_normal = |x[7:3];
      wire y_normal = |y[7:3];
      wire x_top = &x[7:3];
      wire y_top = &y[7:3];
      wire [7:0] significand = {4'd0, x_normal, x[2:0]} * {4'd0, y_normal, y[2:0]};
      fp8_product_to_fp32 pack (
          .nan(x_top && (|x[2:0] || y[7:0] == 8'd0) || y_top && (|y[2:0] || x[7:0] == 8'd0)),
          .infinite(x_top || y_top),
          .sign(x[8] ^ y[8]),
          // A subnormal has the exponent of field 1.
          .exponent({1'b0, x[7:4], x[3] || !x_normal} + {1'b0, y[7:4], y[3] || !y_normal}),
          .significand(significand),
          .value(product)
      );
    end
  endgenerate
endmodule
