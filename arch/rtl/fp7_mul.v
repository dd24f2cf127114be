// Product of two FP7 [1,4,2] codes as a FP7 code; a zero has the XOR of the signs. Combinational.
// ROUND = 0 is what a processing element needs: operands are zero or normal, and the product fits the format (a cast
// int4 or uint4 times a cast fp4_e3m0 always does); otherwise bits are lost. ROUND = 1 takes every code: subnormals,
// rounding to nearest even, saturation at 28672.
//   a = 7'h4F (-7), b = 7'h1C (64): product = 7'h67 (-448).   a = 7'h00, b = 7'h44 (-1): product = 7'h40 (-0).
//   ROUND, a = 7'h0F (7), b = 7'h0F: product = 7'h1A (48, of 49).   ROUND, a = b = 7'h3F: product = 7'h3F (28672).
module fp7_mul #(
    parameter ROUND = 0
) (
    input  wire [6:0] a,
    input  wire [6:0] b,
    output wire [6:0] product
);
  generate
    if (ROUND != 0) begin : every_code
      fp_mul #(
          .EXP(4),
          .MAN(2),
          .BIAS(1),
          .FINITE(1)
      ) multiply (
          .a(a),
          .b(b),
          .product(product)
      );
    end else begin : exact
      wire [5:0] significand = {3'b000, 1'b1, a[1:0]} * {3'b000, 1'b1, b[1:0]};
      wire [1:0] mantissa = significand[5] ? significand[4:3] : significand[3:2];
      // The bias is 1, so the fields add to one too many, which a significand of 2 or more makes good.
      wire [3:0] field = a[5:2] + b[5:2] - {3'b000, !significand[5]};
      wire unused_bits = &significand[2:0];
      wire zero = a[5:2] == 4'd0 || b[5:2] == 4'd0;
      assign product = {a[6] ^ b[6], zero ? 6'd0 : {field, mantissa}};
    end
  endgenerate
endmodule
