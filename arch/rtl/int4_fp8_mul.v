// Product of an int4 code (-8 accepted) and an fp8 code, e4m3 or (e5m2 = 1) e5m2, as a float. EXP = 8, MAN = 23: exact.
// EXP = 5, MAN = 10: exact but for infinities above 65504. NaN and infinities (of e5m2) as IEEE 754 has them, NaN
// canonical; the integer zero is positive, and a zero has the XOR of the signs. Combinational.
//   a = 4'h9 (-7), b = 8'h7E (448): product = 32'hC5440000 (-3136).   a = 4'h0, b = 8'hB8 (-1): 32'h80000000.
//   EXP = 5, MAN = 10: a = 4'h9, b = 8'h7E: product = 16'hEA20.   b = 8'h7B, e5m2 = 1 (57344): 16'hFC00 (-infinity).
module int4_fp8_mul #(
    parameter EXP = 8,
    parameter MAN = 23
) (
    input  wire [        3:0] a,
    input  wire               e5m2,
    input  wire [        7:0] b,
    output wire [EXP+MAN:0] product
);
  wire [8:0] y;
  fp8_to_e5m3 expand (
      .e5m2 (e5m2),
      .code (b),
      .value(y)
  );
  generate
    if (EXP == 5) begin : rounded
      wire [EXP+MAN:0] x;
      int_to_fp #(
          .IN (4),
          .EXP(EXP),
          .MAN(MAN)
      ) convert (
          .term (a),
          .value(x)
      );
      fp_mul #(
          .EXP(EXP),
          .MAN(MAN)
      ) multiply (
          .a(x),
          .b({y, {MAN - 3{1'b0}}}),
          .product(product)
      );
    end else begin : exact
      wire [3:0] magnitude = a[3] ? -a : a;
      wire normal = |y[7:3];
      wire top = &y[7:3];
      wire [7:0] significand = {4'd0, magnitude} * {4'd0, normal, y[2:0]};
      fp8_product_to_fp32 pack (
          .nan(top && (|y[2:0] || a == 4'd0)),
          .infinite(top),
          .sign(a[3] ^ y[8]),
          // 2^(field - 18); a subnormal has the exponent of field 1.
          .exponent({1'b0, y[7:4], y[3] || !normal} + 6'd18),
          .significand(significand),
          .value(product)
      );
    end
  endgenerate
endmodule
